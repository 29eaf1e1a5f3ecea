// Section 14 of PROTOCOL.md: stores that are lost, and come anew.

import { expect } from 'vitest';
import { clause, restsOn, shownBy } from './clause.ts';
import { Desk } from './desk.ts';

clause('14.2 A server whose disk is empty or corrupt begins with a blank store that counts nowhere', () => {
  const empty = new Desk(3, 0);
  empty.disk.wipe();
  const corrupt = new Desk(3, 1);
  corrupt.disk.rot('meta', 0, 20_000);
  for (const desk of [empty, corrupt]) {
    const { server } = desk.boot();
    expect(server.meta.store).toBeGreaterThan(0);
    expect(server.register).toBeNull();
    expect(server.meta).toMatchObject({
      poolId: 0,
      slot: 255,
      isMember: false,
      promised: 0,
      promisedTo: null,
    });
    expect(desk.notes[0]?.kind).toBe('store lost');
    // It is the new store that the next boot finds.
    desk.finishSyncs();
    desk.crash();
    expect(desk.boot().server.meta.store).toBe(server.meta.store);
    desk.finishSyncs();
    desk.pass(60_000);
    desk.wake();
    expect(desk.sent, 'it asks for no votes and gives none').toEqual([]);
  }
});

clause(
  '14.3 A new store is admitted without its own help, then told, then a member',
  shownBy('store-lost.txt', 'preferred-store-lost.txt', 'admission-and-new-leader.txt'),
);

clause(
  '14.4 The vote of a dead store is dropped by whoever adopts the admission of its successor',
  shownBy('dead-stores-vote.txt'),
);

clause('14.5 What a quorum of counting stores has is adopted by every later winner', restsOn('7.33', '14.3'));

clause(
  '14.6 A store is discarded when the state and the notice name another one',
  shownBy('old-store-returns.txt'),
);

clause('14.16 A server that may not know its place is told it', shownBy('store-lost.txt'));
