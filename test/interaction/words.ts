// What servers and clients note, say and answer, in words that are the same in every run: handles are named h1, h2 … in
// the order in which they were first asked for, terms by their election round, nodes by their names.

import type { Code } from '../../src/core/codes.ts';
import { countOf } from '../../src/core/ended.ts';
import {
  electionRoundOf,
  type HandleId,
  type LicenseKey,
  type Position,
  type Slot,
  type Term,
} from '../../src/core/ids.ts';
import type { ClientMessage, ReplyToClient, ServerMessage, Tokens } from '../../src/core/message.ts';
import type { ServerEvent } from '../../src/core/turn.ts';

export type AnyMessage = ServerMessage | ClientMessage | ReplyToClient;

/** The version that all licenses of scripts have; it is left out of what is printed. */
export const VERSION = '1';

export class HandleNames {
  private readonly names = new Map<HandleId, string>();
  private readonly handles = new Map<string, HandleId>();

  nameOf(handle: HandleId): string {
    let name = this.names.get(handle);
    if (name === undefined) {
      name = `h${this.names.size + 1}`;
      this.names.set(handle, name);
      this.handles.set(name, handle);
    }
    return name;
  }

  handleOf(name: string): HandleId | undefined {
    return this.handles.get(name);
  }
}

export function serverName(slot: Slot): string {
  return `s${slot + 1}`;
}

export function termText(term: Term): string {
  return String(electionRoundOf(term));
}

export function positionText(position: Position | null): string {
  return position === null ? 'blank' : `${termText(position.term)}/${position.index}`;
}

export function keyText(key: LicenseKey): string {
  return key.endsWith(`|${VERSION}`) ? key.slice(0, -VERSION.length - 1) : key;
}

export function tokensText({ total, mine, previous, free }: Tokens): string {
  return `total=${total} mine=${mine} previous=${previous} free=${free}`;
}

function shortTokensText(tokens: ReadonlyMap<LicenseKey, Tokens>): string {
  return [...tokens]
    .map(([key, { mine, previous, free }]) => {
      const text = `mine=${mine} previous=${previous} free=${free}`;
      return tokens.size === 1 ? text : `${keyText(key)}: ${text}`;
    })
    .join(', ');
}

function unitsText(units: number, key: LicenseKey): string {
  return `${units} ${keyText(key)}`;
}

/** The sentence without its subject: `took over term=2 mine=0 previous=5 free=10`. */
export function eventText(event: ServerEvent, names: HandleNames): string {
  switch (event.kind) {
    case 'canvassed':
      return event.quorumSeen ? 'canvassed: a quorum answers' : 'canvassed: no quorum answers';
    case 'stood':
      return `stands for term ${termText(event.term)}`;
    case 'elected':
      return `is elected, adopts ${positionText(event.adopted)}`;
    case 'took over': {
      const how = event.viaHandOver ? 'reclaimed' : 'took over';
      return `${how} term=${termText(event.term)} ${shortTokensText(event.tokens)}`;
    }
    case 'stepped down':
      return `stepped down: ${event.reason}`;
    case 'follows':
      return `follows ${serverName(event.leader)} term=${termText(event.term)}`;
    case 'granted':
      return `grants ${names.nameOf(event.handle)} to ${event.owner}: ${unitsText(event.units, event.key)}`;
    case 'granted again':
      return `grants ${names.nameOf(event.handle)} again: the same token`;
    case 'renewed':
      return `renews ${names.nameOf(event.handle)}${event.wasPrevious ? ', which was previous' : ''}`;
    case 'refused':
      return `refuses ${names.nameOf(event.handle)}: ${event.code.name}`;
    case 'ended':
      return `ends ${names.nameOf(event.handle)}: ${event.reason}`;
    case 'expired':
      return `expires ${event.serial}`;
    case 'soft limit exceeded':
      return `alerts: ${event.units} units of ${event.key.split('|')[0]} are out, above the soft limit of ${event.softLimit}`;
    case 'soft limit kept':
      return `alerts: ${event.units} units of ${event.key.split('|')[0]} are out, ${event.softLimit === null ? 'and no soft limit is in force' : `within the soft limit of ${event.softLimit}`}`;
    case 'mark lowered':
      return `sets the mark back by ${(event.from - event.to) / 1000}s`;
    case 'purged':
      return 'purges tombstones';
    case 'disk full':
      return 'has no room on its disk';
    case 'disk has room':
      return 'has room on its disk again';
    case 'state refused':
      return `refuses the state ${positionText(event.position)} of ${serverName(event.from)}`;
    case 'state fetched':
      return `fetched ${positionText(event.position)} from ${serverName(event.from)}`;
    case 'trial':
      return `asks ${serverName(event.of)} for a trial`;
    case 'trial missed':
      return `gives the trial of ${serverName(event.of)} up`;
    case 'froze':
      return `freezes for ${serverName(event.for)}`;
    case 'hand-over sent':
      return `hands over to ${serverName(event.to)} at ${positionText(event.position)}`;
    case 'store lost':
      return `begins with a new store: ${event.because}`;
    case 'discarded':
      return `discards its store: ${event.because}`;
    case 'admitted':
      return `admits the new store of ${serverName(event.slot)} at ${positionText(event.position)}`;
    case 'founds':
      return `has the promise of all, and founds a pool in term ${termText(event.term)}`;
    case 're-forms':
      return `has the promise of all it was told of, and re-forms the pool in term ${termText(event.term)} from ${positionText(event.adopted)}`;
    case 're-formation failed':
      return event.missing.length === 0
        ? 'cannot re-form the pool: nobody lends it the state'
        : `cannot re-form the pool: no promise of ${event.missing.join(' ')}`;
    case 'formed':
      return event.isInQuarantine ? 'formed the pool, in quarantine' : 'formed the pool';
    case 'quarantine ended':
      return 'ends the quarantine';
    case 'joined':
      return 'is a member again';
    case 'file accepted':
      return `puts the file of ${serverName(event.from)} in force as version ${event.version} at ${positionText(event.position)}`;
    case 'change prepared':
      return `prepares version ${event.version}: ${[
        ...event.coming.map((host) => `+${host}`),
        ...event.going.map((host) => `-${host}`),
        ...(event.coming.length + event.going.length === 0 ? ['another order'] : []),
      ].join(' ')}`;
    case 'change joint':
      return `goes joint for version ${event.version} at ${positionText(event.position)}`;
    case 'change done':
      return `is done with the change for version ${event.version} at ${positionText(event.position)}`;
    case 'retired':
      return `retires: it is gone by version ${event.fileVersion}`;
    case 'file refused':
      return `refuses the file of ${serverName(event.from)}: ${event.because}`;
    case 'file installed':
      return `installs version ${event.version} over ${event.replaced}`;
    case 'edit lost':
      return `saves the edit that lost to version ${event.lostTo}: ${event.code.name}`;
    case 'hand-over aborted':
      return `aborts the hand-over to ${serverName(event.to)}`;
  }
}

/** How a command names a message: a call by what it asks for, everything else by its kind. */
export function kindOf(message: AnyMessage): string {
  return message.kind === 'call' ? message.call : message.kind;
}

/** `append r5 2/3 +1`: the kind and what tells one from another. */
export function messageText(message: AnyMessage, names: HandleNames): string {
  return [kindOf(message), ...detailsOf(message, names)].filter((word) => word !== '').join(' ');
}

function detailsOf(message: AnyMessage, names: HandleNames): string[] {
  switch (message.kind) {
    case 'pre-vote':
      return [message.canvass];
    case 'pre-vote-reply':
      return [message.canvass, message.ok ? 'ok' : message.better ? 'better' : 'no'];
    case 'prepare':
      return [
        `term=${termText(message.term)}`,
        `at ${positionText(message.position)}`,
        message.handOver === 0 ? '' : `consent=${termText(message.handOver)}`,
      ];
    case 'vote':
      return [`term=${termText(message.term)}`, `at ${positionText(message.position)}`];
    case 'reject':
      return [`promised=${termText(message.promised)}`, message.formed ? 'formed' : ''];
    case 'form':
    case 'form-vote':
    case 're-form':
      return [`term=${termText(message.term)}`];
    case 'state-request':
      return [
        `part ${message.part}`,
        message.position === null ? '' : `of ${positionText(message.position)}`,
      ];
    case 'state-part': {
      const handles = message.live.length + countOf(message.ended);
      return [
        `part ${message.part} of ${message.parts}`,
        `at ${positionText(message.position)}`,
        `${handles} handles`,
      ];
    }
    case 'append':
      return [
        `term=${termText(message.term)}`,
        `r${message.round}`,
        positionText(message.position),
        message.chain.length === 0 ? '' : `+${message.chain.length}`,
        message.pull ? 'pull' : '',
      ];
    case 'append-reply':
      return [
        `term=${termText(message.term)}`,
        `r${message.round}`,
        message.ok ? 'ok' : 'no',
        positionText(message.position),
        message.promised === message.term ? '' : `promised=${termText(message.promised)}`,
        message.fileOffer === null ? '' : `offers ${message.fileOffer.version}`,
        message.isUnfit ? 'unfit' : '',
      ];
    case 'gone':
      return [`version ${message.fileVersion}`];
    case 'file-request':
      return [`from ${message.offset}`];
    case 'file-part':
      return [`${message.bytes.length} of ${message.total}`];
    case 'lost':
      return [`at ${positionText(message.witness.position)}`];
    case 'trial':
    case 'ready':
      return [`term=${termText(message.term)}`];
    case 'take-over':
      return [`term=${termText(message.term)}`, positionText(message.position)];
    case 'hello':
      return [];
    case 'hello-reply':
      return [
        message.term === 0 ? 'not the Leader' : `term=${termText(message.term)}`,
        hintText(message.hint),
      ];
    case 'call':
      return message.call === 'status'
        ? [keyText(message.key)]
        : [names.nameOf(message.handle), unitsText(message.units, message.key), `attempt ${message.attempt}`];
    case 'answer':
      return [
        message.call === 'status' ? 'status' : names.nameOf(message.handle),
        `attempt ${message.attempt}`,
        message.code.name,
        message.term === 0 ? hintText(message.hint) : '',
      ];
  }
}

function hintText(hint: string | null): string {
  return hint === null ? '' : `hint=${hint}`;
}

export function codeText(code: Code): string {
  return code.name;
}
