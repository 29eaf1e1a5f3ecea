// What clients and servers say to each other as bytes: one tag and one pair of functions per message, as between servers.

import { type Code, codeOf, LS_SUCCESS } from '../core/codes.ts';
import type { Host } from '../core/ids.ts';
import type {
  Answer,
  Call,
  CallKind,
  ClientMessage,
  Hello,
  HelloReply,
  ReplyToClient,
  Tokens,
} from '../core/message.ts';
import type { Stamp } from '../core/time.ts';
import type { Reader, Writer } from './fields.ts';
import {
  MOST_FILE_VERSION,
  MOST_HOST_BYTES,
  MOST_KEY_BYTES,
  MOST_OWNER_BYTES,
  MOST_UNITS,
  readDuration,
} from './state-codec.ts';

/** The tag of each message on the wire, apart from those between servers; never used again for another one. */
const TAGS = {
  hello: 64,
  call: 65,
  'hello-reply': 128,
  answer: 129,
} as const satisfies Record<(ClientMessage | ReplyToClient)['kind'], number>;

export function writeClientMessage(to: Writer, message: ClientMessage): void {
  to.byte(TAGS[message.kind]);
  switch (message.kind) {
    case 'hello':
      break;
    case 'call':
      writeCall(to, message);
      break;
    default:
      message satisfies never;
  }
}

export function readClientMessage(from: Reader): ClientMessage | null {
  switch (from.byte()) {
    case TAGS.hello:
      return readHello();
    case TAGS.call:
      return readCall(from);
    default:
      from.refuse('no message of a client has that tag');
      return null;
  }
}

export function writeReply(to: Writer, message: ReplyToClient): void {
  to.byte(TAGS[message.kind]);
  switch (message.kind) {
    case 'hello-reply':
      writeHelloReply(to, message);
      break;
    case 'answer':
      writeAnswer(to, message);
      break;
    default:
      message satisfies never;
  }
}

export function readReply(from: Reader): ReplyToClient | null {
  switch (from.byte()) {
    case TAGS['hello-reply']:
      return readHelloReply(from);
    case TAGS.answer:
      return readAnswer(from);
    default:
      from.refuse('no reply to a client has that tag');
      return null;
  }
}

function readStamp(from: Reader): Stamp {
  return from.whole() as Stamp;
}

export function writeHint(to: Writer, hint: Host | null): void {
  to.flag(hint !== null);
  if (hint !== null) to.text(hint, MOST_HOST_BYTES);
}

export function readHint(from: Reader): Host | null {
  return from.flag() ? from.text(MOST_HOST_BYTES) : null;
}

function writeCallKind(to: Writer, call: CallKind): void {
  to.byte(call === 'request' ? 0 : call === 'update' ? 1 : call === 'release' ? 2 : 3);
}

function readCallKind(from: Reader): CallKind {
  const choice = from.choice(3);
  return choice === 0 ? 'request' : choice === 1 ? 'update' : choice === 2 ? 'release' : 'status';
}

// ---- hello

function readHello(): Hello {
  return { kind: 'hello' };
}

function writeHelloReply(to: Writer, message: HelloReply): void {
  to.whole(message.term);
  to.whole(message.stamp);
  writeHint(to, message.hint);
}

function readHelloReply(from: Reader): HelloReply {
  return { kind: 'hello-reply', term: from.whole(), stamp: readStamp(from), hint: readHint(from) };
}

// ---- calls and answers [§6]

function writeCall(to: Writer, message: Call): void {
  writeCallKind(to, message.call);
  to.handle(message.handle);
  to.text(message.key, MOST_KEY_BYTES);
  to.word(message.units);
  to.word(message.attempt);
  to.text(message.owner, MOST_OWNER_BYTES);
  to.flag(message.moved);
  to.whole(message.term);
  to.whole(message.stamp);
  to.word(message.fileVersion);
}

function readCall(from: Reader): Call {
  return {
    kind: 'call',
    call: readCallKind(from),
    handle: from.handle(),
    key: from.text(MOST_KEY_BYTES),
    units: from.wordWithin(0, MOST_UNITS),
    attempt: from.word(),
    owner: from.text(MOST_OWNER_BYTES),
    moved: from.flag(),
    term: from.whole(),
    stamp: readStamp(from),
    fileVersion: from.wordWithin(0, MOST_FILE_VERSION),
  };
}

function readCode(from: Reader): Code {
  const code = codeOf(from.word());
  if (code !== undefined) return code;
  from.refuse('a code is unknown');
  return LS_SUCCESS;
}

function writeHostList(to: Writer, hosts: readonly Host[]): void {
  to.byte(hosts.length);
  for (let i = 0; i < hosts.length; i++) to.text(hosts[i]!, MOST_HOST_BYTES);
}

function readHostList(from: Reader): Host[] {
  const count = from.byte();
  const hosts: Host[] = [];
  for (let i = 0; i < count && !from.failed; i++) hosts.push(from.text(MOST_HOST_BYTES));
  return hosts;
}

function writeMaybeTokens(to: Writer, tokens: Tokens | null): void {
  to.flag(tokens !== null);
  if (tokens !== null) writeTokens(to, tokens);
}

export function writeTokens(to: Writer, tokens: Tokens): void {
  to.whole(tokens.total);
  to.whole(tokens.mine);
  to.whole(tokens.previous);
  to.whole(tokens.free);
}

function readMaybeTokens(from: Reader): Tokens | null {
  return from.flag() ? readTokens(from) : null;
}

export function readTokens(from: Reader): Tokens {
  return { total: from.whole(), mine: from.whole(), previous: from.whole(), free: from.whole() };
}

function writeAnswer(to: Writer, message: Answer): void {
  writeCallKind(to, message.call);
  to.handle(message.handle);
  to.word(message.attempt);
  to.word(message.code.number);
  to.whole(message.life);
  writeHostList(to, message.servers);
  to.word(message.fileVersion);
  writeHint(to, message.hint);
  to.whole(message.term);
  to.whole(message.stamp);
  writeMaybeTokens(to, message.tokens);
}

function readAnswer(from: Reader): Answer {
  return {
    kind: 'answer',
    call: readCallKind(from),
    handle: from.handle(),
    attempt: from.word(),
    code: readCode(from),
    life: readDuration(from),
    servers: readHostList(from),
    fileVersion: from.wordWithin(0, MOST_FILE_VERSION),
    hint: readHint(from),
    term: from.whole(),
    stamp: readStamp(from),
    tokens: readMaybeTokens(from),
  };
}
