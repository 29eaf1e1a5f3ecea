// Arbitrary values of everything that is written as bytes, at the edges of their ranges too. One fixture for the tests
// of the codec and of storage.

import fc from 'fast-check';
import { ALL_CODES } from '../../src/core/codes.ts';
import { newestOf } from '../../src/core/ended.ts';
import { comparePositions, handleFrom } from '../../src/core/ids.ts';
import type {
  Answer,
  Call,
  ClientMessage,
  GiveOrder,
  Header,
  HelloReply,
  OperatorMessage,
  Order,
  OrderReply,
  ReplyToClient,
  ReplyToOperator,
  Report,
  ServerMessage,
} from '../../src/core/message.ts';
import { ORDER_OUTCOMES, ROLE_NAMES } from '../../src/core/message.ts';
import type {
  Charter,
  Delta,
  EndedHandles,
  LiveHandle,
  Membership,
  Meta,
  Operation,
  StateImage,
  Witness,
} from '../../src/core/state.ts';
import type { CivilTime, Duration, Stamp } from '../../src/core/time.ts';
import { type EndedHandle, packed } from '../ended.ts';

const uint32 = fc.nat({ max: 0xffff_ffff });
export const whole = fc.oneof(
  fc.nat({ max: 1000 }),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER),
);
const duration = whole.map((value) => value as Duration);
const stamp = whole.map((value) => value as Stamp);
const civil = fc
  .oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(0, -1, 1.79e12, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  )
  .map((value) => value as CivilTime);
const slot = fc.nat({ max: 255 });
const units = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const fileVersion = fc.nat({ max: 2 ** 31 - 1 });
export const handle = fc.tuple(uint32, uint32, uint32, uint32).map((four) => handleFrom(...four));

/** Texts of well-formed Unicode with at most `most` bytes of UTF-8. */
function text(most: number): fc.Arbitrary<string> {
  const short = fc.string({ maxLength: Math.floor(most / 4), unit: 'grapheme-ascii' });
  const wide = fc.string({ maxLength: Math.floor(most / 8), unit: 'binary' });
  return fc
    .oneof(short, wide, fc.constantFrom('', 'cad|1.0', 'a'.repeat(most), 'ä'.repeat(most / 2)))
    .filter((value) => value.isWellFormed() && Buffer.byteLength(value) <= most);
}

const key = text(128);
const owner = text(64);
const host = text(64);

export const position = fc.record({ term: whole, index: whole }, { noNullPrototype: true });
const maybePosition = fc.option(position);

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

const slots = fc.array(slot, { maxLength: 11 });
const hash = fc.constantFrom('', '0'.repeat(64), 'c0ffee'.repeat(10));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  record<Extract<Operation, { kind: 'add' }>>({
    kind: fc.constant('add'),
    handle,
    key,
    units,
    owner,
    life: duration,
  }),
  record<Extract<Operation, { kind: 'end' }>>({
    kind: fc.constant('end'),
    handle,
    reason: fc.constantFrom('released', 'lapsed', 'operator'),
  }),
  record<Extract<Operation, { kind: 'purge' }>>({ kind: fc.constant('purge'), before: position }),
  record<Extract<Operation, { kind: 'high-water' }>>({ kind: fc.constant('high-water'), at: civil }),
  record<Extract<Operation, { kind: 'formed' }>>({
    kind: fc.constant('formed'),
    isInQuarantine: fc.boolean(),
  }),
  record<Extract<Operation, { kind: 'unquarantine' }>>({ kind: fc.constant('unquarantine') }),
  record<Extract<Operation, { kind: 'lower-high-water' }>>({
    kind: fc.constant('lower-high-water'),
    at: civil,
  }),
  record<Extract<Operation, { kind: 'admit' }>>({
    kind: fc.constant('admit'),
    slot,
    store: fc.option(whole.filter((store) => store > 0)),
  }),
  record<Extract<Operation, { kind: 'slot' }>>({ kind: fc.constant('slot'), slot, host }),
  record<Extract<Operation, { kind: 'file-done' }>>({ kind: fc.constant('file-done') }),
  record<Extract<Operation, { kind: 'expire' }>>({ kind: fc.constant('expire'), serial: text(64) }),
  record<Extract<Operation, { kind: 'file' }>>({
    kind: fc.constant('file'),
    version: fileVersion,
    hash,
    body: fc.uint8Array({ maxLength: 60 }),
    members: slots,
    oldMembers: fc.option(slots),
  }),
);

export const delta: fc.Arbitrary<Delta> = record<Delta>({
  base: position,
  position,
  operations: fc.array(operation, { maxLength: 4 }),
});

const stores = fc.array(fc.tuple(slot, whole), { maxLength: 5 }).map((pairs) => new Map(pairs));
const hosts = fc.array(fc.tuple(slot, host), { maxLength: 5 }).map((pairs) => new Map(pairs));

const membership = record<Membership>({
  fileVersion,
  members: slots,
  oldMembers: fc.option(slots),
  stores,
  isForming: fc.boolean(),
});

export const charter: fc.Arbitrary<Charter> = record<Charter>({
  file: record<Charter['file']>({
    version: fileVersion,
    hash,
    body: fc.uint8Array({ maxLength: 60 }),
    members: slots,
    past: fc.array(hash, { maxLength: 3 }),
  }),
  oldMembers: fc.option(slots),
  stores,
  hosts,
  isForming: fc.boolean(),
  isInQuarantine: fc.boolean(),
  highWater: civil,
  expired: fc.array(text(64), { maxLength: 4 }).map((serials) => new Set(serials)),
  driftPpm: fc.nat({ max: 100_000 }),
  longestLife: duration,
});

export const live: fc.Arbitrary<LiveHandle> = record<LiveHandle>({
  handle,
  key,
  units,
  owner,
  life: duration,
});
/** A few of them, in the order of their ends; handles may repeat. */
export const ended: fc.Arbitrary<EndedHandles> = fc
  .array(
    record<EndedHandle>({ handle, reason: fc.constantFrom('released', 'lapsed', 'operator'), at: position }),
    { maxLength: 4 },
  )
  .map((list) => packed(list.sort((a, b) => comparePositions(a.at, b.at))));

export const stateImage: fc.Arbitrary<StateImage> = record<StateImage>({
  position,
  charter,
  live: fc.array(live, { maxLength: 4 }),
  ended,
}).map((image) => {
  const newest = newestOf(image.ended);
  const isBehind = newest !== null && comparePositions(newest, image.position) > 0;
  return isBehind ? { ...image, position: newest } : image;
});

const witness = record<Witness>({ store: whole, incarnation: whole, booted: maybePosition, position });
const witnesses = fc.array(witness, { maxLength: 4 });

export const meta: fc.Arbitrary<Meta> = record<Meta>({
  poolId: whole,
  store: whole,
  slot,
  isMember: fc.boolean(),
  isRetired: fc.boolean(),
  bootSequence: whole,
  promised: whole,
  promisedTo: fc.option(record({ store: whole, incarnation: whole })),
  lastFile: fc.option(record({ version: fileVersion, hash })),
  witnesses,
});

const header = record<Header>({
  poolId: whole,
  from: slot,
  store: whole,
  incarnation: whole,
  durable: maybePosition,
  booted: maybePosition,
});
const canvass = fc.constantFrom('timeout' as const, 'hand-over' as const);

type Rows<M extends { readonly kind: string }> = {
  readonly [K in M['kind']]: fc.Arbitrary<Extract<M, { readonly kind: K }>>;
};

/** One row per message between servers; the compiler demands the row of a new one. */
export const serverMessages: Rows<ServerMessage> = {
  'pre-vote': record({
    kind: fc.constant('pre-vote' as const),
    header,
    canvass,
    forTerm: whole,
    host,
    seesMajority: fc.boolean(),
  }),
  'pre-vote-reply': record({
    kind: fc.constant('pre-vote-reply' as const),
    header,
    canvass,
    forTerm: whole,
    ok: fc.boolean(),
    better: fc.boolean(),
    promised: whole,
  }),
  prepare: record({
    kind: fc.constant('prepare' as const),
    header,
    term: whole,
    position: maybePosition,
    handOver: whole,
    host,
  }),
  vote: record({
    kind: fc.constant('vote' as const),
    header,
    term: whole,
    position,
    membership,
    witnessed: witnesses,
  }),
  reject: record({ kind: fc.constant('reject' as const), header, promised: whole, formed: fc.boolean() }),
  'state-request': record({
    kind: fc.constant('state-request' as const),
    header,
    term: whole,
    position: maybePosition,
    part: uint32,
  }),
  'state-part': record({
    kind: fc.constant('state-part' as const),
    header,
    term: whole,
    position,
    part: uint32,
    parts: uint32,
    charter: fc.option(charter),
    live: fc.array(live, { maxLength: 3 }),
    ended,
  }),
  append: record({
    kind: fc.constant('append' as const),
    header,
    term: whole,
    round: whole,
    position,
    chain: fc.array(delta, { maxLength: 3 }),
    pull: fc.boolean(),
    viaHandOver: fc.boolean(),
    fileVersion,
    isSettled: fc.boolean(),
    notice: fc.option(record({ slot, host, admitted: whole, leader: host })),
    witnessed: witnesses,
  }),
  'append-reply': record({
    kind: fc.constant('append-reply' as const),
    header,
    term: whole,
    round: whole,
    ok: fc.boolean(),
    position: maybePosition,
    promised: whole,
    isMember: fc.boolean(),
    wall: civil,
    isUnfit: fc.boolean(),
    fileOffer: fc.option(
      record({ version: fileVersion, baseVersion: fileVersion, isExplicit: fc.boolean(), hash }),
    ),
  }),
  'file-request': record({ kind: fc.constant('file-request' as const), header, hash, offset: uint32 }),
  'file-part': record({
    kind: fc.constant('file-part' as const),
    header,
    hash,
    offset: uint32,
    total: uint32,
    bytes: fc.uint8Array({ maxLength: 60 }),
  }),
  gone: record({ kind: fc.constant('gone' as const), header, fileVersion, store: whole }),
  trial: record({ kind: fc.constant('trial' as const), header, term: whole }),
  ready: record({ kind: fc.constant('ready' as const), header, term: whole }),
  'take-over': record({ kind: fc.constant('take-over' as const), header, term: whole, position }),
  form: record({ kind: fc.constant('form' as const), header, term: whole, fileHash: hash, host }),
  'form-vote': record({ kind: fc.constant('form-vote' as const), header, term: whole, host }),
  're-form': record({
    kind: fc.constant('re-form' as const),
    header,
    term: whole,
    host,
    stores: fc.array(whole, { maxLength: 22 }),
  }),
  lost: record({ kind: fc.constant('lost' as const), header, witness }),
};

const order: fc.Arbitrary<Order> = fc.oneof(
  record<Extract<Order, { kind: 'lower-mark' }>>({ kind: fc.constant('lower-mark'), to: civil }),
  record<Extract<Order, { kind: 're-form' }>>({
    kind: fc.constant('re-form'),
    servers: fc.array(host, { maxLength: 11 }),
  }),
  fc.constantFrom('promote' as const, 'restored' as const, 'stand-down' as const).map((kind) => ({ kind })),
);

const tokens = record<Report['keys'][number]['tokens']>({
  total: whole,
  mine: whole,
  previous: whole,
  free: whole,
});

export const operatorMessages: Rows<OperatorMessage> = {
  inspect: record({ kind: fc.constant('inspect' as const) }),
  order: record<GiveOrder>({ kind: fc.constant('order' as const), incarnation: whole, stamp, order }),
};

export const repliesToOperators: Rows<ReplyToOperator> = {
  report: record<Report>({
    kind: fc.constant('report' as const),
    host,
    poolId: whole,
    slot,
    store: whole,
    incarnation: whole,
    stamp,
    role: fc.constantFrom(...ROLE_NAMES),
    isActive: fc.boolean(),
    term: whole,
    leader: fc.option(host),
    promised: whole,
    position: maybePosition,
    durable: maybePosition,
    isMember: fc.boolean(),
    isUnfit: fc.boolean(),
    isForming: fc.boolean(),
    isInQuarantine: fc.boolean(),
    standsBack: fc.boolean(),
    fileVersion,
    quorumAge: fc.option(duration),
    poolTime: fc.option(civil),
    isTampered: fc.boolean(),
    members: fc.array(
      record<Report['members'][number]>({
        slot,
        host,
        isPresent: fc.boolean(),
        isMember: fc.boolean(),
        isUnfit: fc.boolean(),
        position: maybePosition,
      }),
      { maxLength: 3 },
    ),
    keys: fc.array(record<Report['keys'][number]>({ key, tokens }), { maxLength: 3 }),
  }),
  'order-reply': record<OrderReply>({
    kind: fc.constant('order-reply' as const),
    outcome: fc.constantFrom(...ORDER_OUTCOMES),
  }),
};

const callKind = fc.constantFrom(
  'request' as const,
  'update' as const,
  'release' as const,
  'status' as const,
);

export const clientMessages: Rows<ClientMessage> = {
  hello: record({ kind: fc.constant('hello' as const) }),
  call: record<Call>({
    kind: fc.constant('call' as const),
    call: callKind,
    handle,
    key,
    units: fc.nat({ max: 2 ** 31 - 1 }),
    attempt: uint32,
    owner,
    moved: fc.boolean(),
    term: whole,
    stamp,
    fileVersion,
  }),
};

export const replies: Rows<ReplyToClient> = {
  'hello-reply': record<HelloReply>({
    kind: fc.constant('hello-reply' as const),
    term: whole,
    stamp,
    hint: fc.option(host),
  }),
  answer: record<Answer>({
    kind: fc.constant('answer' as const),
    call: callKind,
    handle,
    attempt: uint32,
    code: fc.constantFrom(...ALL_CODES),
    life: duration,
    servers: fc.array(host, { maxLength: 11 }),
    fileVersion,
    hint: fc.option(host),
    term: whole,
    stamp,
    tokens: fc.option(record({ total: whole, mine: whole, previous: whole, free: whole })),
  }),
};
