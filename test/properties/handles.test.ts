import { describe, expect, test } from 'vitest';
import { handleUniqueness, idempotency, noResurrection, releaseExactness } from '../../properties/handles.ts';
import { LS_SUCCESS, STALE } from '../../src/core/codes.ts';
import type { EndReason } from '../../src/core/state.ts';
import { at, handle, SECOND, Stage, type StagePlan, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);

describe('S7', () => {
  test('a handle lost with its leader may be granted again by the next', () => {
    const stage = new Stage(handleUniqueness).lead(0, T1).confirm(0, 1).grant(0, 1);
    stage.lead(1, T2, { term: T1, index: 2 }).grant(1, 1).confirm(1, 2);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(0);
  });

  test('a handle whose grant is committed is never granted again', () => {
    const stage = new Stage(handleUniqueness).lead(0, T1).grant(0, 1).confirm(0, 1);
    stage.lead(1, T2, { term: T1, index: 3 }).grant(1, 1).confirm(1, 2);
    expect(stage.verdict).toBe('a handle is granted twice');
  });

  test('what a leader adopts is committed with its first own position', () => {
    const stage = new Stage(handleUniqueness).lead(0, T1).confirm(0, 1).grant(0, 1);
    stage.lead(1, T2, { term: T1, index: 3 }).grant(1, 1).confirm(1, 2);
    expect(stage.verdict).toBe('a handle is granted twice');
  });

  test('a leader does not add what is live in its own table', () => {
    const stage = new Stage(handleUniqueness).lead(0, T1).grant(0, 1).grant(0, 1);
    expect(stage.verdict).toBe('a live handle is granted again');
  });
});

describe('S8', () => {
  test('a retry uses the same handle at any server', () => {
    const stage = new Stage(idempotency).begin(0, 1).call(0, 0, 'request', 1).call(1, 0, 'request', 1);
    expect(stage.finish(0, 1, LS_SUCCESS, 1).verdict).toBeNull();
  });

  test('a retry with another handle violates it', () => {
    const stage = new Stage(idempotency).begin(0, 1).call(0, 0, 'request', 1).call(1, 0, 'request', 2);
    expect(stage.verdict).toBe('a retry uses another handle');
  });

  test('after STALE the library begins again with a new handle', () => {
    const stage = new Stage(idempotency).lead(0, T1).begin(0, 1).call(0, 0, 'request', 1);
    stage.answer(0, 0, 'request', 1, STALE).call(0, 0, 'request', 2);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(2);
  });

  test('a late request of an earlier call is none of the present one', () => {
    const stage = new Stage(idempotency).begin(0, 1).finish(0, 1, STALE, 1);
    stage.begin(0, 2).call(0, 0, 'request', 2).call(1, 0, 'request', 1);
    expect(stage.verdict).toBeNull();
  });
});

describe('S9', () => {
  test('a release ends its own handle, and a second one changes nothing', () => {
    const stage = new Stage(releaseExactness).lead(0, T1).grant(0, 1).grant(0, 2).call(0, 0, 'release', 1);
    stage.end(0, 1, 'released').end(0, 1, 'released');
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(4);
  });

  test("a release that ends another holder's handle violates it", () => {
    const stage = new Stage(releaseExactness).lead(0, T1).grant(0, 1).grant(0, 2).call(0, 0, 'release', 1);
    expect(stage.end(0, 2, 'released').verdict).toBe("another holder's handle is released");
  });

  test('a double release that frees twice violates it', () => {
    const stage = new Stage(releaseExactness).lead(0, T1).grant(0, 1).grant(0, 2).call(0, 0, 'release', 1);
    stage.end(0, 1, 'released').make(0, [{ kind: 'end', handle: handle(1), reason: 'released' }], -1);
    expect(stage.verdict).toBe('an end does not free exactly its own units');
  });
});

describe('S10', () => {
  /** s1 leads, has an end of that kind, and purges what came before its present position after so many seconds. */
  function purged(reason: EndReason, seconds: number, plan: StagePlan = {}): string | null {
    const stage = new Stage(noResurrection, plan)
      .lead(0, T1)
      .takeOver(0)
      .pass(100 * SECOND);
    stage
      .grant(0, 1)
      .end(0, 1, reason)
      .pass(seconds * SECOND);
    const { term, index } = stage.views[0]!.server.register.position;
    return stage.make(0, [{ kind: 'purge', before: { term, index: index + 1 } }]).verdict;
  }

  test('a tombstone stays until no request for its handle is taken any more', () => {
    expect(purged('released', 30)).toBeNull();
    expect(purged('released', 29)).toBe('a tombstone is purged too early');
    expect(purged('lapsed', 61)).toBeNull();
    expect(purged('lapsed', 59)).toBe('a tombstone is purged too early');
    expect(purged('lapsed', 1, { environment: 'E1' })).toBeNull();
  });

  test('a new leader keeps what it inherited for as long', () => {
    const stage = new Stage(noResurrection)
      .lead(0, T1)
      .takeOver(0)
      .pass(59 * SECOND);
    stage.make(0, [{ kind: 'purge', before: at(T1, 2) }]);
    expect(stage.verdict).toBe('a tombstone is purged too early');
  });

  test('a handle whose release was acknowledged is never granted, also when nobody knew it', () => {
    const stage = new Stage(noResurrection).lead(0, T1).confirm(0, 1);
    stage.call(0, 0, 'release', 1).answer(0, 0, 'release', 1, LS_SUCCESS).pass(1).grant(0, 1).store(0);
    expect(stage.verdict).toBeNull();
    expect(stage.confirm(0, 1).verdict).toBe('a released handle is granted');
  });

  test('an update that crosses the release may still be answered', () => {
    const stage = new Stage(noResurrection)
      .lead(0, T1)
      .grant(0, 1)
      .confirm(0, 1)
      .pass(1)
      .call(0, 0, 'update', 1);
    stage.pass(1).end(0, 1, 'released').confirm(0, 1).answer(0, 0, 'update', 1, LS_SUCCESS);
    expect(stage.verdict).toBeNull();
  });

  test('an update that arrives after the end is never renewed', () => {
    const stage = new Stage(noResurrection).lead(0, T1).grant(0, 1).end(0, 1, 'lapsed').confirm(0, 1);
    stage.pass(1).call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS);
    expect(stage.verdict).toBe('an ended handle is renewed');
  });

  test('a handle that was ended before it was granted is never granted', () => {
    const stage = new Stage(noResurrection)
      .lead(0, T1)
      .end(0, 1, 'released')
      .confirm(0, 1)
      .grant(0, 1)
      .confirm(0, 1);
    expect(stage.verdict).toBe('an ended handle is granted');
  });
});
