// What became of tokens, for those who count them later: a line of JSON for each grant, release, lapse and denial that this
// server decided as the Leader. A line's term and index place it, so that the logs of all servers can be merged. It is a convenience:
// it is not synced, and when it cannot be written the server goes on without it.

import { appendFileSync, renameSync, statSync } from 'node:fs';
import { formatCode } from '../core/codes.ts';
import { formatHandle, type HandleId, type LicenseKey } from '../core/ids.ts';
import type { ServerEvent } from '../core/turn.ts';

/** Kept: the present one and so many before it, `usage.ndjson.1` the youngest. */
const KEPT = 9;
const DEFAULT_MOST_BYTES = 16 * 1024 * 1024;
/** Lines are collected: a system call for each would be most of what a grant costs. */
const WRITE_AFTER_MS = 1000;
const WRITE_AT_BYTES = 64 * 1024;

type What = 'grant' | 'release' | 'lapse' | 'denial' | 'take-over' | 'server up' | 'server down';

export class UsageLog {
  private readonly path: string;
  private readonly server: string;
  private readonly mostBytes: number;
  private readonly failed: (because: string) => void;
  private size: number;
  private waiting = '';
  private timer: NodeJS.Timeout | null = null;

  /** `failed` is told each time that lines are lost. */
  constructor(
    path: string,
    server: string,
    failed: (because: string) => void,
    mostBytes = DEFAULT_MOST_BYTES,
  ) {
    this.path = path;
    this.server = server;
    this.failed = failed;
    this.mostBytes = mostBytes;
    this.size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  noted(event: ServerEvent): void {
    switch (event.kind) {
      case 'granted':
        this.write('grant', { ...tokensOf(event), term: event.position.term, index: event.position.index });
        break;
      case 'ended': {
        const { term, index } = event.position;
        this.write(event.reason === 'lapsed' ? 'lapse' : 'release', { ...tokensOf(event), term, index });
        break;
      }
      case 'refused':
        this.write('denial', { ...tokensOf(event), code: formatCode(event.code) });
        break;
      case 'took over':
        this.write('take-over', { term: event.term, tokens: Object.fromEntries(event.tokens) });
        break;
    }
  }

  write(what: What, fields: object = {}): void {
    this.waiting += `${JSON.stringify({ at: new Date().toISOString(), server: this.server, what, ...fields })}\n`;
    if (this.waiting.length >= WRITE_AT_BYTES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const text = this.waiting;
    this.waiting = '';
    if (text === '') return;
    try {
      if (this.size + text.length > this.mostBytes && this.size > 0) this.rotate();
      appendFileSync(this.path, text, { mode: 0o640 });
      this.size += Buffer.byteLength(text);
    } catch (error) {
      this.failed(`usage was not logged: ${(error as Error).message}`);
    }
  }

  private rotate(): void {
    for (let i = KEPT - 1; i >= 0; i--) {
      const from = i === 0 ? this.path : `${this.path}.${i}`;
      if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${this.path}.${i + 1}`);
    }
    this.size = 0;
  }
}

function tokensOf(event: { handle: HandleId; key: LicenseKey; units: number; owner: string }) {
  const [feature, version] = event.key.split('|');
  return { handle: formatHandle(event.handle), feature, version, units: event.units, owner: event.owner };
}
