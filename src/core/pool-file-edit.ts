// Changes to a pool file as people would make them by hand: one line more, one less, lines in another order, and the next version.
// Every other character stays as it is, comments and layout included. What comes of it is read again by whoever asked, with the
// strictness of `pool-file-text.ts`: an edit may be refused only after it was made.

import { Complaints } from './complaint.ts';
import { type Host, isSameHost } from './ids.ts';
import type { PoolServer } from './pool-file.ts';
import { cutIntoWords, pairOf, type Word } from './words.ts';

export type Edit =
  /** `preference` counts from 1; null = the least preferred. */
  | { readonly kind: 'add-server'; readonly server: PoolServer; readonly preference: number | null }
  | { readonly kind: 'remove-server'; readonly host: Host }
  /** Those named come first, in that order; the others keep theirs. */
  | { readonly kind: 'order'; readonly hosts: readonly Host[] }
  /** Each as `name=value`, the value without quotes. */
  | { readonly kind: 'add-license'; readonly pairs: readonly string[] }
  | { readonly kind: 'remove-license'; readonly serial: string };

export type Edited =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly because: string };

/** `text` is that of a pool file. The version becomes the next one. */
export function editPoolFile(text: string, edit: Edit): Edited {
  const draft = new Draft(text);
  const because = draft.change(edit) ?? draft.raiseVersion();
  return because === null ? { ok: true, text: draft.lines.join('\n') } : { ok: false, because };
}

class Draft {
  /** The last one is empty: what was not ended is. */
  readonly lines: string[];
  /** Ends of lines are what they are in this file. */
  private readonly end: string;

  constructor(text: string) {
    this.end = /^[^\n]*\r\n/.test(text) ? '\r' : '';
    this.lines = (text.endsWith('\n') ? text : `${text}${this.end}\n`).split('\n');
  }

  /** Null, or why not. */
  change(edit: Edit): string | null {
    switch (edit.kind) {
      case 'add-server':
        return this.addServer(edit.server, edit.preference);
      case 'remove-server':
        return this.removeServer(edit.host);
      case 'order':
        return this.order(edit.hosts);
      case 'add-license':
        return this.addLicense(edit.pairs);
      case 'remove-license':
        return this.removeLicense(edit.serial);
    }
  }

  raiseVersion(): string | null {
    const [at] = this.placesOf('version');
    const word = at === undefined ? undefined : this.wordsAt(at)[1];
    if (at === undefined || word === undefined) return 'it has no version';
    const line = this.lines[at]!;
    const from = word.column - 1;
    this.lines[at] = `${line.slice(0, from)}${Number(word.text) + 1}${line.slice(from + word.text.length)}`;
    return null;
  }

  private addServer({ host, address }: PoolServer, preference: number | null): string | null {
    for (const word of [host, address ?? '-'])
      if (!isWord(word)) return `'${word}' is no host and no address`;
    const places = this.placesOf('server');
    if (places.some((at) => isSameHost(this.hostAt(at), host))) return `${host} is in it already`;
    const at = places[(preference ?? places.length + 1) - 1] ?? places.at(-1)! + 1;
    this.lines.splice(at, 0, `server ${host}${address === null ? '' : ` ${address}`}${this.end}`);
    return null;
  }

  private removeServer(host: Host): string | null {
    const at = this.placesOf('server').find((place) => isSameHost(this.hostAt(place), host));
    if (at === undefined) return `${host} is not in it`;
    this.lines.splice(at, 1);
    return null;
  }

  private order(hosts: readonly Host[]): string | null {
    const places = this.placesOf('server');
    const rest = places.map((at) => ({ host: this.hostAt(at), line: this.lines[at]! }));
    const ordered: string[] = [];
    for (const host of hosts) {
      const i = rest.findIndex((each) => isSameHost(each.host, host));
      if (i === -1) return `${host} is not in it, or was named twice`;
      ordered.push(rest[i]!.line);
      rest.splice(i, 1);
    }
    for (const { line } of rest) ordered.push(line);
    places.forEach((at, rank) => {
      this.lines[at] = ordered[rank]!;
    });
    return null;
  }

  private addLicense(pairs: readonly string[]): string | null {
    const words: string[] = [];
    for (const pair of pairs) {
      const [, name = '', value = ''] = /^([^\s"#=]+)=([^"\r\n]*)$/.exec(pair) ?? [];
      if (name === '') return `'${pair}' is no name=value`;
      words.push(/[ \t]/.test(value) ? `${name}="${value}"` : pair);
    }
    const line = `license ${words.join(' ')}${this.end}`;
    const last = this.placesOf('license').at(-1);
    if (last !== undefined) this.lines.splice(last + 1, 0, line);
    else this.addAtEnd(line);
    return null;
  }

  /** As a paragraph of its own. */
  private addAtEnd(line: string): void {
    const end = this.lines.length - 1;
    const paragraph = this.lines[end - 1] === this.end ? [line] : [this.end, line];
    this.lines.splice(end, 0, ...paragraph);
  }

  private removeLicense(serial: string): string | null {
    const at = this.placesOf('license').find((place) =>
      this.wordsAt(place).some((word) => {
        const pair = pairOf(word);
        return pair?.name.text === 'serial' && pair.value.text === serial;
      }),
    );
    if (at === undefined) return `it has no license of serial ${serial}`;
    this.lines.splice(at, 1);
    return null;
  }

  private hostAt(at: number): Host {
    return this.wordsAt(at)[1]?.text ?? '';
  }

  private placesOf(statement: string): number[] {
    const places: number[] = [];
    for (let at = 0; at < this.lines.length; at++) {
      if (this.wordsAt(at)[0]?.text === statement) places.push(at);
    }
    return places;
  }

  private wordsAt(at: number): readonly Word[] {
    return cutIntoWords(this.lines[at]!.replace(/\r$/, ''), at + 1, new Complaints())?.words ?? [];
  }
}

/** Nothing that would end the word, or hide what comes after it. */
export function isWord(text: string): boolean {
  return /^[^\s"#]+$/.test(text);
}
