// Sections 1 and 2 of PROTOCOL.md: what is required, and of what world. The first follows from later clauses; the second
// is what the simulator can do, and what processes do to live in it.

import { expect } from 'vitest';
import { FAULT_KINDS } from '../../sim/faults/index.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { milliseconds } from '../../src/core/time.ts';
import { recover } from '../../src/storage/recovery.ts';
import { Decoder, Encoder } from '../../src/wire/frame.ts';
import { clause, restsOn } from './clause.ts';
import { Desk, foundedDisk } from './desk.ts';

clause('1.1 Never more tokens are believed held than the hard limit', restsOn('6.14', '9.6', '7.40'));
clause('1.2 An acknowledged grant survives every fail-over', restsOn('7.40', '3.14'));
clause('1.3 Tokens are only on the Leader', restsOn('6.1', '6.16'));
clause('1.4 The best server that operates gets leadership back', restsOn('8.4', '8.5', '8.14'));
clause('1.6 A retry or a duplicate never grants twice', restsOn('6.10', '5.7'));
clause('1.8 Pools of one and of two are defined', restsOn('15.2', '15.3'));
clause('1.9 One person can read the protocol in an afternoon', ({ number }) => {
  expect(number).toBe('1.9'); // nothing here can measure it
});
clause('1.10 A batch of calls costs one round trip and one group sync', restsOn('6.18', '16.15'));
clause('1.11 The winner adopts the newest value among its voters', restsOn('7.34'));
clause(
  '1.12 Every answer about the table waits for a round begun after its call',
  restsOn('6.3', '6.4', '7.43'),
);
clause('1.13 A client that is cut off stops by itself', restsOn('9.10', '10.12'));

clause('2.1 Messages are lost, duplicated, reordered and delayed, and links cut in one direction', () => {
  for (const kind of ['loss', 'duplication', 'reordering', 'delay', 'one-way-cut', 'partition']) {
    expect([...FAULT_KINDS.keys()]).toContain(kind);
  }
});
clause('2.2 Processes crash, lose what was not synced, and pause', () => {
  for (const kind of ['crash', 'pause']) expect([...FAULT_KINDS.keys()]).toContain(kind);
});
clause('2.3 Wall clocks jump and monotonic clocks drift', () => {
  for (const kind of ['wall-jump', 'monotonic-drift']) expect([...FAULT_KINDS.keys()]).toContain(kind);
});
clause('2.4 A disk that is lost or corrupted is found to be so', () => {
  const disk = foundedDisk(3, 0);
  for (const file of ['state.1.a', 'state.1.b']) disk.rot(file, 0, 100);
  expect(recover(disk.files()).kind).toBe('corrupt');
  disk.wipe();
  expect(recover(disk.files()).kind).toBe('empty');
});
clause('2.5 A frame that is not what was sent is refused', () => {
  const encoder = new Encoder();
  const length = encoder.encode({ kind: 'hello' });
  const bytes = encoder.bytes.slice(0, length);
  expect(new Decoder().client(bytes, 0, length)).toEqual({ kind: 'hello' });
  bytes[5]! ^= 1;
  expect(new Decoder().client(bytes, 0, length)).toBeNull();
});
clause('2.6 Monotonic time is integer microseconds', () => {
  expect(milliseconds(0.0004)).toBe(0);
  expect(milliseconds(1.5)).toBe(1500);
  for (const value of Object.values(DEFAULT_SETTINGS)) expect(Number.isInteger(value)).toBe(true);
});
clause('2.7 The instant of a step is read after its event was received', () => {
  const desk = new Desk(3, 0);
  desk.boot();
  desk.finishSyncs();
  desk.pass(4000);
  const before = desk.process.now;
  desk.feedClient({ kind: 'hello' });
  expect(desk.process.now - before).toBe(milliseconds(4000));
});

clause('14.1 A pool is founded by one and the same first image on the disks of all members', () => {
  const desks = [0, 1, 2].map((slot) => new Desk(3, slot));
  for (const desk of desks) desk.boot();
  const [first, ...others] = desks.map((desk) => desk.process.server.register!);
  for (const other of others) {
    expect(other.position).toEqual(first!.position);
    expect(other.charter).toEqual(first!.charter);
  }
  for (const { process, slot } of desks) {
    expect(first!.charter.stores.get(slot)).toBe(process.server.meta.store);
    expect(process.server.meta.isMember).toBe(true);
  }
});

clause(
  '17.1 Nothing on the path of a call, a round or a tick scans the table',
  restsOn('3.6', '3.7', '6.26'),
);

clause('1.5 Expiry is exact, and does not come undone with the clocks', restsOn('11.3', '11.5', '11.7'));
