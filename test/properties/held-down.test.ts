import { describe, expect, test } from 'vitest';
import { heldDown } from '../../properties/held-down.ts';
import type { Term } from '../../src/core/ids.ts';
import { FOUNDING, SECOND, Stage, term } from './stage.ts';

const E3 = { environment: 'E3' } as const;

/** s2 follows s1 in that election round, which was handed to it or not. */
function follow(stage: Stage, round: number, viaHandOver = false): Stage {
  hear(stage, term(round, 0), viaHandOver);
  return stage.note(1, { kind: 'follows', term: term(round, 0), leader: 0 });
}

function hear(stage: Stage, of: Term, viaHandOver = false): void {
  stage.checker.messageArrived(stage.now, 0, 1, {
    kind: 'append',
    header: stage.header(0),
    term: of,
    round: 1,
    position: FOUNDING,
    chain: [],
    pull: false,
    viaHandOver,
    notice: null,
    witnessed: [],
  } as never);
}

/** s1 leads three times, and each time for so many seconds; then it is silent for a moment. */
function ledThrice(seconds: number, viaHandOver = false): Stage {
  const stage = new Stage(heldDown, E3);
  for (const round of [2, 3, 4]) follow(stage.pass(seconds * SECOND), round, viaHandOver);
  return stage.pass(SECOND / 10);
}

/** s2 votes for s1, as an answer to a prepare in the name of that leader's term. */
function votes(stage: Stage, handOver = 0): string | null {
  const header = stage.header(0);
  const prepare = { kind: 'prepare', header, term: term(5, 0), position: FOUNDING, handOver, host: 's1' };
  stage.checker.messageArrived(stage.now, 0, 1, prepare as never);
  const vote = { kind: 'vote', header: stage.header(1), term: term(5, 0), position: FOUNDING };
  return stage.send(1, 0, vote as never).verdict;
}

const EARLY = 'a server that keeps losing the lead is voted for before others had their chance';

describe('L12', () => {
  test('who lost the lead twice in a row is not voted for at once', () => {
    expect(votes(ledThrice(3))).toBe(EARLY);
  });

  test('but when the others have had their chance', () => {
    const stage = ledThrice(3).pass(3 * SECOND);
    expect(votes(stage)).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('long reigns, reigns that were handed over, a leader that consents and a voter that has forgotten count for it', () => {
    expect(votes(ledThrice(70))).toBeNull();
    expect(votes(ledThrice(3, true))).toBeNull();
    expect(votes(ledThrice(3), term(4, 0))).toBeNull();
    const stage = ledThrice(3);
    stage.checker.serverBooted(stage.now, 1, stage.see(1));
    expect(votes(stage)).toBeNull();
  });

  test('a claim may be ripe', () => {
    const stage = ledThrice(3);
    const header = stage.header(0);
    const asks = { kind: 'pre-vote', header, canvass: 'timeout', forTerm: 0, host: 's1', seesMajority: true };
    stage.checker.messageArrived(stage.now, 0, 1, asks as never);
    expect(votes(stage)).toBeNull();
  });
});
