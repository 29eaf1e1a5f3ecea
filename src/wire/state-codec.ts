// The register and its pieces as bytes: what messages and the log on disk have in common. Each piece is written and read
// by a pair of functions that stand beside each other. Maps and sets are written in ascending order and read only so:
// one value has one form.

import { assert } from '../core/assert.ts';
import { ENTRY_BYTES, RUN_FIELDS } from '../core/ended.ts';
import { HANDLE_BYTES, type Host, type Position, type Slot, type StoreId } from '../core/ids.ts';
import {
  type Charter,
  type Delta,
  END_REASONS,
  type EndedHandles,
  type EndReason,
  type FileInForce,
  type LiveHandle,
  type Membership,
  type Meta,
  type Operation,
  type Promisee,
  type Witness,
} from '../core/state.ts';
import type { Duration } from '../core/time.ts';
import type { Reader, Writer } from './fields.ts';

/** Bytes of UTF-8 that a field may have. */
export const MOST_KEY_BYTES = 128;
export const MOST_OWNER_BYTES = 64;
export const MOST_HOST_BYTES = 64;
const MOST_SERIAL_BYTES = 64;
export const MOST_HASH_BYTES = 64;
/** Bytes of a pool file's text. */
export const MOST_BODY_BYTES = 1024 * 1024;

export const MOST_UNITS = 2 ** 31 - 1;
export const MOST_FILE_VERSION = 2 ** 31 - 1;
const MOST_DRIFT_PPM = 100_000;

/** The fewest bytes that one of them takes: bounds what a count may promise. */
export const LEAST_DELTA_BYTES = 36;
export const LEAST_LIVE_BYTES = 30;
const LEAST_RUN_BYTES = 3;
const LEAST_OPERATION_BYTES = 1;

export function writePosition(to: Writer, position: Position): void {
  to.whole(position.term);
  to.whole(position.index);
}

export function readPosition(from: Reader): Position {
  return { term: from.whole(), index: from.whole() };
}

export function writeMaybePosition(to: Writer, position: Position | null): void {
  to.flag(position !== null);
  if (position !== null) writePosition(to, position);
}

export function readMaybePosition(from: Reader): Position | null {
  return from.flag() ? readPosition(from) : null;
}

export function readDuration(from: Reader): Duration {
  return from.whole() as Duration;
}

function writeEndReason(to: Writer, reason: EndReason): void {
  to.byte(END_REASONS.indexOf(reason));
}

function readEndReason(from: Reader): EndReason {
  return END_REASONS[from.choice(2)]!;
}

// ---- handles

export function writeLive(to: Writer, live: LiveHandle): void {
  to.handle(live.handle);
  to.text(live.key, MOST_KEY_BYTES);
  to.word(live.units);
  to.text(live.owner, MOST_OWNER_BYTES);
  to.whole(live.life);
}

export function readLive(from: Reader): LiveHandle {
  return {
    handle: from.handle(),
    key: from.text(MOST_KEY_BYTES),
    units: from.wordWithin(1, MOST_UNITS),
    owner: from.text(MOST_OWNER_BYTES),
    life: readDuration(from),
  };
}

/**
 * The runs and then the entries. Of a run only what is new after the one before: how far its term is on, its index or, in
 * the same term, how far that is on, and its number of entries. Mostly that is three bytes, where most deltas end one
 * handle; whole positions would be longer than the handles.
 */
export function writeEnded(to: Writer, { entries, runs }: EndedHandles): void {
  to.word(runs.length / RUN_FIELDS);
  let term = 0;
  let index = 0;
  let count = 0;
  for (let at = 0; at < runs.length; at += RUN_FIELDS) {
    to.short(runs[at]! - term);
    to.short(runs[at] === term ? runs[at + 1]! - index : runs[at + 1]!);
    to.short(runs[at + 2]! - count);
    term = runs[at]!;
    index = runs[at + 1]!;
    count = runs[at + 2]!;
  }
  to.raw(entries);
}

export function readEnded(from: Reader): EndedHandles {
  const runs = new Float64Array(from.count(LEAST_RUN_BYTES) * RUN_FIELDS);
  let term = 0;
  let index = 0;
  let count = 0;
  for (let at = 0; at < runs.length && !from.failed; at += RUN_FIELDS) {
    const further = from.short();
    const next = from.short();
    const own = from.short();
    if (at > 0 && further === 0 && next === 0) from.refuse('two runs of one delta');
    if (own === 0) from.refuse('a delta that ended nothing');
    index = further === 0 ? index + next : next;
    term += further;
    count += own;
    if (term > Number.MAX_SAFE_INTEGER || index > Number.MAX_SAFE_INTEGER) {
      from.refuse('a number is out of range');
    }
    runs[at] = term;
    runs[at + 1] = index;
    runs[at + 2] = count;
  }
  const entries = from.raw(count * ENTRY_BYTES);
  for (let at = HANDLE_BYTES; at < entries.length; at += ENTRY_BYTES) {
    if (entries[at]! >= END_REASONS.length) from.refuse('an unknown choice');
  }
  return { entries, runs };
}

// ---- deltas

const ADD = 0;
const END = 1;
const PURGE = 2;
const HIGH_WATER = 3;
const EXPIRE = 4;
const ADMIT = 5;
const FILE = 6;
const SLOT = 7;
const FILE_DONE = 8;
const FORMED = 9;
const UNQUARANTINE = 10;
const LOWER_HIGH_WATER = 11;

/** Store ids begin at 1. */
const NO_STORE = 0;

function writeOperation(to: Writer, operation: Operation): void {
  switch (operation.kind) {
    case 'add':
      to.byte(ADD);
      to.handle(operation.handle);
      to.text(operation.key, MOST_KEY_BYTES);
      to.word(operation.units);
      to.text(operation.owner, MOST_OWNER_BYTES);
      to.whole(operation.life);
      return;
    case 'end':
      to.byte(END);
      to.handle(operation.handle);
      writeEndReason(to, operation.reason);
      return;
    case 'purge':
      to.byte(PURGE);
      writePosition(to, operation.before);
      return;
    case 'high-water':
      to.byte(HIGH_WATER);
      to.civil(operation.at);
      return;
    case 'lower-high-water':
      to.byte(LOWER_HIGH_WATER);
      to.civil(operation.at);
      return;
    case 'expire':
      to.byte(EXPIRE);
      to.text(operation.serial, MOST_SERIAL_BYTES);
      return;
    case 'admit':
      to.byte(ADMIT);
      to.byte(operation.slot);
      to.whole(operation.store ?? NO_STORE);
      return;
    case 'file':
      to.byte(FILE);
      to.word(operation.version);
      to.text(operation.hash, MOST_HASH_BYTES);
      to.blob(operation.body, MOST_BODY_BYTES);
      writeSlots(to, operation.members);
      writeMaybeSlots(to, operation.oldMembers);
      return;
    case 'slot':
      to.byte(SLOT);
      to.byte(operation.slot);
      to.text(operation.host, MOST_HOST_BYTES);
      return;
    case 'file-done':
      to.byte(FILE_DONE);
      return;
    case 'formed':
      to.byte(FORMED);
      to.flag(operation.isInQuarantine);
      return;
    case 'unquarantine':
      to.byte(UNQUARANTINE);
      return;
    default:
      operation satisfies never;
  }
}

function readOperation(from: Reader): Operation {
  switch (from.choice(LOWER_HIGH_WATER)) {
    case ADD:
      return {
        kind: 'add',
        handle: from.handle(),
        key: from.text(MOST_KEY_BYTES),
        units: from.wordWithin(1, MOST_UNITS),
        owner: from.text(MOST_OWNER_BYTES),
        life: readDuration(from),
      };
    case END:
      return { kind: 'end', handle: from.handle(), reason: readEndReason(from) };
    case PURGE:
      return { kind: 'purge', before: readPosition(from) };
    case HIGH_WATER:
      return { kind: 'high-water', at: from.civil() };
    case EXPIRE:
      return { kind: 'expire', serial: from.text(MOST_SERIAL_BYTES) };
    case ADMIT:
      return readAdmit(from);
    case SLOT:
      return { kind: 'slot', slot: from.byte(), host: from.text(MOST_HOST_BYTES) };
    case FILE_DONE:
      return { kind: 'file-done' };
    case FORMED:
      return { kind: 'formed', isInQuarantine: from.flag() };
    case UNQUARANTINE:
      return { kind: 'unquarantine' };
    case FILE:
      return {
        kind: 'file',
        version: from.wordWithin(0, MOST_FILE_VERSION),
        hash: from.text(MOST_HASH_BYTES),
        body: from.blob(MOST_BODY_BYTES),
        members: readSlots(from),
        oldMembers: readMaybeSlots(from),
      };
    case LOWER_HIGH_WATER:
      return { kind: 'lower-high-water', at: from.civil() };
    default:
      from.refuse('an unknown choice');
      return { kind: 'file-done' };
  }
}

function readAdmit(from: Reader): Operation {
  const slot = from.byte();
  const store = from.whole();
  return { kind: 'admit', slot, store: store === NO_STORE ? null : store };
}

export function writeDelta(to: Writer, delta: Delta): void {
  writePosition(to, delta.base);
  writePosition(to, delta.position);
  const operations = delta.operations;
  to.word(operations.length);
  for (let i = 0; i < operations.length; i++) writeOperation(to, operations[i]!);
}

export function readDelta(from: Reader): Delta {
  const base = readPosition(from);
  const position = readPosition(from);
  const count = from.count(LEAST_OPERATION_BYTES);
  const operations: Operation[] = [];
  for (let i = 0; i < count && !from.failed; i++) operations.push(readOperation(from));
  return { base, position, operations };
}

// ---- membership and charter

function writeSlots(to: Writer, slots: readonly Slot[]): void {
  to.byte(slots.length);
  for (const slot of slots) to.byte(slot);
}

function readSlots(from: Reader): Slot[] {
  const count = from.byte();
  const slots: Slot[] = [];
  for (let i = 0; i < count && !from.failed; i++) slots.push(from.byte());
  return slots;
}

function writeMaybeSlots(to: Writer, slots: readonly Slot[] | null): void {
  to.flag(slots !== null);
  if (slots !== null) writeSlots(to, slots);
}

function readMaybeSlots(from: Reader): Slot[] | null {
  return from.flag() ? readSlots(from) : null;
}

function ascendingSlots(map: ReadonlyMap<Slot, unknown>): Slot[] {
  return [...map.keys()].sort((a, b) => a - b);
}

/** Reads the next slot of a map: each is greater than the one before. */
function readSlotAfter(from: Reader, before: Slot): Slot {
  const slot = from.byte();
  if (slot <= before) from.refuse('slots are not in ascending order');
  return slot;
}

function writeStores(to: Writer, stores: ReadonlyMap<Slot, StoreId>): void {
  to.byte(stores.size);
  for (const slot of ascendingSlots(stores)) {
    to.byte(slot);
    to.whole(stores.get(slot)!);
  }
}

function readStores(from: Reader): Map<Slot, StoreId> {
  const stores = new Map<Slot, StoreId>();
  const count = from.byte();
  let slot = -1;
  for (let i = 0; i < count && !from.failed; i++) {
    slot = readSlotAfter(from, slot);
    stores.set(slot, from.whole());
  }
  return stores;
}

function writeHosts(to: Writer, hosts: ReadonlyMap<Slot, Host>): void {
  to.byte(hosts.size);
  for (const slot of ascendingSlots(hosts)) {
    to.byte(slot);
    to.text(hosts.get(slot)!, MOST_HOST_BYTES);
  }
}

function readHosts(from: Reader): Map<Slot, Host> {
  const hosts = new Map<Slot, Host>();
  const count = from.byte();
  let slot = -1;
  for (let i = 0; i < count && !from.failed; i++) {
    slot = readSlotAfter(from, slot);
    hosts.set(slot, from.text(MOST_HOST_BYTES));
  }
  return hosts;
}

export function writeMembership(to: Writer, membership: Membership): void {
  to.word(membership.fileVersion);
  writeSlots(to, membership.members);
  writeMaybeSlots(to, membership.oldMembers);
  writeStores(to, membership.stores);
  to.flag(membership.isForming);
}

export function readMembership(from: Reader): Membership {
  return {
    fileVersion: from.wordWithin(0, MOST_FILE_VERSION),
    members: readSlots(from),
    oldMembers: readMaybeSlots(from),
    stores: readStores(from),
    isForming: from.flag(),
  };
}

function writeFile(to: Writer, file: FileInForce): void {
  to.word(file.version);
  to.text(file.hash, MOST_HASH_BYTES);
  to.blob(file.body, MOST_BODY_BYTES);
  writeSlots(to, file.members);
  assert(file.past.length <= 255, 'at most 255 hashes of past files are kept');
  to.byte(file.past.length);
  for (const hash of file.past) to.text(hash, MOST_HASH_BYTES);
}

function readFile(from: Reader): FileInForce {
  const version = from.wordWithin(0, MOST_FILE_VERSION);
  const hash = from.text(MOST_HASH_BYTES);
  const body = from.blob(MOST_BODY_BYTES);
  const members = readSlots(from);
  const past: string[] = [];
  const count = from.byte();
  for (let i = 0; i < count && !from.failed; i++) past.push(from.text(MOST_HASH_BYTES));
  return { version, hash, body, members, past };
}

/** By UTF-16 units: the same everywhere, whatever the language of the machine. */
function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writeExpired(to: Writer, expired: ReadonlySet<string>): void {
  to.word(expired.size);
  for (const serial of [...expired].sort(inOrder)) to.text(serial, MOST_SERIAL_BYTES);
}

function readExpired(from: Reader): Set<string> {
  const expired = new Set<string>();
  const count = from.count(1);
  let before = '';
  for (let i = 0; i < count && !from.failed; i++) {
    const serial = from.text(MOST_SERIAL_BYTES);
    if (i > 0 && serial <= before) from.refuse('serials are not in ascending order');
    expired.add(serial);
    before = serial;
  }
  return expired;
}

export function writeCharter(to: Writer, charter: Charter): void {
  writeFile(to, charter.file);
  writeMaybeSlots(to, charter.oldMembers);
  writeStores(to, charter.stores);
  writeHosts(to, charter.hosts);
  to.flag(charter.isForming);
  to.flag(charter.isInQuarantine);
  to.civil(charter.highWater);
  writeExpired(to, charter.expired);
  to.word(charter.driftPpm);
  to.whole(charter.longestLife);
}

export function readCharter(from: Reader): Charter {
  return {
    file: readFile(from),
    oldMembers: readMaybeSlots(from),
    stores: readStores(from),
    hosts: readHosts(from),
    isForming: from.flag(),
    isInQuarantine: from.flag(),
    highWater: from.civil(),
    expired: readExpired(from),
    driftPpm: from.wordWithin(0, MOST_DRIFT_PPM),
    longestLife: readDuration(from),
  };
}

// ---- what a server keeps beside the register

const NO_WITNESSES: readonly Witness[] = Object.freeze([]);

function writeMaybePromisee(to: Writer, promisee: Promisee | null): void {
  to.flag(promisee !== null);
  if (promisee === null) return;
  to.whole(promisee.store);
  to.whole(promisee.incarnation);
}

function readMaybePromisee(from: Reader): Promisee | null {
  return from.flag() ? { store: from.whole(), incarnation: from.whole() } : null;
}

export function writeWitnesses(to: Writer, witnesses: readonly Witness[]): void {
  to.byte(witnesses.length);
  for (let i = 0; i < witnesses.length; i++) writeWitness(to, witnesses[i]!);
}

export function readWitnesses(from: Reader): readonly Witness[] {
  const count = from.byte();
  if (count === 0) return NO_WITNESSES;
  const witnesses: Witness[] = [];
  for (let i = 0; i < count && !from.failed; i++) witnesses.push(readWitness(from));
  return witnesses;
}

export function writeWitness(to: Writer, witness: Witness): void {
  to.whole(witness.store);
  to.whole(witness.incarnation);
  writeMaybePosition(to, witness.booted);
  writePosition(to, witness.position);
}

export function readWitness(from: Reader): Witness {
  return {
    store: from.whole(),
    incarnation: from.whole(),
    booted: readMaybePosition(from),
    position: readPosition(from),
  };
}

export function writeMeta(to: Writer, meta: Meta): void {
  to.whole(meta.poolId);
  to.whole(meta.store);
  to.byte(meta.slot);
  to.flag(meta.isMember);
  to.flag(meta.isRetired);
  to.whole(meta.bootSequence);
  to.whole(meta.promised);
  writeMaybePromisee(to, meta.promisedTo);
  to.flag(meta.lastFile !== null);
  if (meta.lastFile !== null) {
    to.word(meta.lastFile.version);
    to.text(meta.lastFile.hash, MOST_HASH_BYTES);
  }
  writeWitnesses(to, meta.witnesses);
}

export function readMeta(from: Reader): Meta {
  return {
    poolId: from.whole(),
    store: from.whole(),
    slot: from.byte(),
    isMember: from.flag(),
    isRetired: from.flag(),
    bootSequence: from.whole(),
    promised: from.whole(),
    promisedTo: readMaybePromisee(from),
    lastFile: from.flag()
      ? { version: from.wordWithin(0, MOST_FILE_VERSION), hash: from.text(MOST_HASH_BYTES) }
      : null,
    witnesses: readWitnesses(from),
  };
}
