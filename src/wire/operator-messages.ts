// What an operator's tools and servers say to each other as bytes [4.6]. A family of its own: a server reads these frames only
// from connections whose owner its transport has made sure of, and a client's connection cannot carry an order.

import type { Host } from '../core/ids.ts';
import {
  type GiveOrder,
  type KeyReport,
  type MemberReport,
  type OperatorMessage,
  ORDER_OUTCOMES,
  type Order,
  type ReplyToOperator,
  type Report,
  ROLE_NAMES,
} from '../core/message.ts';
import { MOST_SERVERS } from '../core/pool-file.ts';
import type { Stamp } from '../core/time.ts';
import { readHint, readTokens, writeHint, writeTokens } from './client-messages.ts';
import type { Reader, Writer } from './fields.ts';
import {
  MOST_FILE_VERSION,
  MOST_HOST_BYTES,
  MOST_KEY_BYTES,
  readDuration,
  readMaybePosition,
  writeMaybePosition,
} from './state-codec.ts';

/** The tag of each message on the wire; never used again for another one. */
const TAGS = {
  inspect: 96,
  order: 97,
  report: 160,
  'order-reply': 161,
} as const satisfies Record<(OperatorMessage | ReplyToOperator)['kind'], number>;

/** The number of each order on the wire is its place here: places are for ever. */
const ORDERS = [
  'lower-mark',
  're-form',
  'promote',
  'restored',
  'stand-down',
] as const satisfies Order['kind'][];

const LEAST_MEMBER_BYTES = 6;
const LEAST_KEY_BYTES = 33;

export function writeOperatorMessage(to: Writer, message: OperatorMessage): void {
  to.byte(TAGS[message.kind]);
  if (message.kind === 'order') writeGivenOrder(to, message);
}

export function readOperatorMessage(from: Reader): OperatorMessage | null {
  switch (from.byte()) {
    case TAGS.inspect:
      return { kind: 'inspect' };
    case TAGS.order:
      return readGivenOrder(from);
    default:
      from.refuse('no message of an operator has that tag');
      return null;
  }
}

export function writeReplyToOperator(to: Writer, message: ReplyToOperator): void {
  to.byte(TAGS[message.kind]);
  if (message.kind === 'report') writeReport(to, message);
  else to.byte(ORDER_OUTCOMES.indexOf(message.outcome));
}

export function readReplyToOperator(from: Reader): ReplyToOperator | null {
  switch (from.byte()) {
    case TAGS.report:
      return readReport(from);
    case TAGS['order-reply']:
      return { kind: 'order-reply', outcome: ORDER_OUTCOMES[from.choice(ORDER_OUTCOMES.length - 1)]! };
    default:
      from.refuse('no reply to an operator has that tag');
      return null;
  }
}

// ---- orders

function writeGivenOrder(to: Writer, { incarnation, stamp, order }: GiveOrder): void {
  to.whole(incarnation);
  to.whole(stamp);
  to.byte(ORDERS.indexOf(order.kind));
  if (order.kind === 'lower-mark') to.civil(order.to);
  else if (order.kind === 're-form') {
    to.byte(order.servers.length);
    for (const host of order.servers) to.text(host, MOST_HOST_BYTES);
  }
}

function readGivenOrder(from: Reader): GiveOrder {
  return { kind: 'order', incarnation: from.whole(), stamp: from.whole() as Stamp, order: readOrder(from) };
}

function readOrder(from: Reader): Order {
  const kind = ORDERS[from.choice(ORDERS.length - 1)]!;
  switch (kind) {
    case 'lower-mark':
      return { kind, to: from.civil() };
    case 're-form':
      return { kind, servers: readServers(from) };
    default:
      return { kind };
  }
}

function readServers(from: Reader): Host[] {
  const count = from.choice(MOST_SERVERS);
  const servers: Host[] = [];
  for (let i = 0; i < count && !from.failed; i++) servers.push(from.text(MOST_HOST_BYTES));
  return servers;
}

// ---- reports

function writeReport(to: Writer, report: Report): void {
  to.text(report.host, MOST_HOST_BYTES);
  to.whole(report.poolId);
  to.byte(report.slot);
  to.whole(report.store);
  to.whole(report.incarnation);
  to.whole(report.stamp);
  to.byte(ROLE_NAMES.indexOf(report.role));
  to.flag(report.isActive);
  to.whole(report.term);
  writeHint(to, report.leader);
  to.whole(report.promised);
  writeMaybePosition(to, report.position);
  writeMaybePosition(to, report.durable);
  to.flag(report.isMember);
  to.flag(report.isUnfit);
  to.flag(report.isForming);
  to.flag(report.isInQuarantine);
  to.flag(report.standsBack);
  to.word(report.fileVersion);
  to.flag(report.quorumAge !== null);
  if (report.quorumAge !== null) to.whole(report.quorumAge);
  to.flag(report.poolTime !== null);
  if (report.poolTime !== null) to.civil(report.poolTime);
  to.flag(report.isTampered);
  to.word(report.members.length);
  for (const member of report.members) writeMember(to, member);
  to.word(report.keys.length);
  for (const { key, tokens } of report.keys) {
    to.text(key, MOST_KEY_BYTES);
    writeTokens(to, tokens);
  }
}

function readReport(from: Reader): Report {
  return {
    kind: 'report',
    host: from.text(MOST_HOST_BYTES),
    poolId: from.whole(),
    slot: from.byte(),
    store: from.whole(),
    incarnation: from.whole(),
    stamp: from.whole() as Stamp,
    role: ROLE_NAMES[from.choice(ROLE_NAMES.length - 1)]!,
    isActive: from.flag(),
    term: from.whole(),
    leader: readHint(from),
    promised: from.whole(),
    position: readMaybePosition(from),
    durable: readMaybePosition(from),
    isMember: from.flag(),
    isUnfit: from.flag(),
    isForming: from.flag(),
    isInQuarantine: from.flag(),
    standsBack: from.flag(),
    fileVersion: from.wordWithin(0, MOST_FILE_VERSION),
    quorumAge: from.flag() ? readDuration(from) : null,
    poolTime: from.flag() ? from.civil() : null,
    isTampered: from.flag(),
    members: readMembers(from),
    keys: readKeys(from),
  };
}

function writeMember(to: Writer, member: MemberReport): void {
  to.byte(member.slot);
  to.text(member.host, MOST_HOST_BYTES);
  to.flag(member.isPresent);
  to.flag(member.isMember);
  to.flag(member.isUnfit);
  writeMaybePosition(to, member.position);
}

function readMembers(from: Reader): MemberReport[] {
  const count = from.count(LEAST_MEMBER_BYTES);
  const members: MemberReport[] = [];
  for (let i = 0; i < count && !from.failed; i++) {
    members.push({
      slot: from.byte(),
      host: from.text(MOST_HOST_BYTES),
      isPresent: from.flag(),
      isMember: from.flag(),
      isUnfit: from.flag(),
      position: readMaybePosition(from),
    });
  }
  return members;
}

function readKeys(from: Reader): KeyReport[] {
  const count = from.count(LEAST_KEY_BYTES);
  const keys: KeyReport[] = [];
  for (let i = 0; i < count && !from.failed; i++)
    keys.push({ key: from.text(MOST_KEY_BYTES), tokens: readTokens(from) });
  return keys;
}
