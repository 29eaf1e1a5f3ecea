import { describe, expect, test } from 'vitest';
import { livenessBound } from '../../properties/bounds.ts';
import { renewable } from '../../properties/renewal.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import {
  type Code,
  LS_INSUFFICIENTUNITS,
  LS_LICENSE_EXPIRED,
  LS_SUCCESS,
  VLS_LICENSE_START_DATE_NOT_REACHED,
} from '../../src/core/codes.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { fileOf, SECOND, Stage, scenarioFor, term } from './stage.ts';

const E7 = { environment: 'E7', endsAfterMs: 10_000 } as const;
const T1 = term(2, 0);
const DAYS_MS = 365 * 86_400_000;
const SCENARIO = scenarioFor(E7);
const RENEWED = fileOf(SCENARIO, 2, { renewal: 1, endsAfterMs: DAYS_MS });
const REDATED = fileOf(SCENARIO, 2, { endsAfterMs: DAYS_MS });
const OTHER_FILE = fileOf(SCENARIO, 2, { limits: [7] });
const BOUND = livenessBound(SCENARIO).file;

function started(plan: object = E7): Stage {
  return new Stage(renewable, plan).lead(0, T1).confirm(0, 1);
}

describe('L8: a newer file at a server of the core', () => {
  test('comes into force', () => {
    const stage = started()
      .edit(2, RENEWED)
      .core(0, 1, 2)
      .putInForce(0, RENEWED)
      .confirm(0, 1)
      .pass(BOUND + 1);
    expect(stage.over().verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('must not lie there for ever', () => {
    const waiting = () => started().edit(2, RENEWED).core(0, 1, 2);
    expect(waiting().pass(BOUND).over().verdict).toBeNull();
    expect(
      waiting()
        .pass(BOUND + 1)
        .over().verdict,
    ).toBe('an edit at a server of the core does not come into force');
  });

  test('may be refused, or give way to another', () => {
    const refused = started().edit(2, RENEWED).core(0, 1, 2);
    refused.note(0, { kind: 'file refused', from: 2, hash: RENEWED.hash, because: 'no' }).pass(BOUND + 1);
    expect(refused.over().verdict).toBeNull();
    const lost = started().edit(2, RENEWED).core(0, 1, 2).putInForce(0, OTHER_FILE).confirm(0, 1);
    lost.install(2, OTHER_FILE, { lservrlf: OTHER_FILE, 'lservrlf.conflict-2': RENEWED }).pass(BOUND + 1);
    expect(lost.over().verdict).toBeNull();
  });

  test('outside of the core, or while a change of members is under way, nothing is said', () => {
    const outside = started()
      .edit(2, RENEWED)
      .core(0, 1)
      .pass(BOUND + 1);
    expect(outside.over().verdict).toBeNull();
    const changing = started().edit(2, RENEWED).core(0, 1, 2);
    changing.note(0, { kind: 'change prepared', version: 2, coming: [], going: [] }).pass(BOUND + 1);
    expect(changing.over().verdict).toBeNull();
  });
});

describe('L8: by the file in force', () => {
  const OVER = [
    { kind: 'high-water', at: (RUN_BEGINS + 10_000) as CivilTime },
    { kind: 'expire', serial: 'L1' },
  ] as const;

  function asked(stage: Stage, code: Code): Stage {
    return stage.pass(SECOND).begin(0, 1).pass(SECOND).finish(0, 1, code, 9);
  }

  function renewed(file = RENEWED): Stage {
    return started().make(0, OVER).confirm(0, 1).putInForce(0, file).confirm(0, 1);
  }

  test('requests are granted again', () => {
    const stage = asked(renewed(), LS_SUCCESS);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('none is refused as if nothing had been renewed', () => {
    expect(asked(renewed(), LS_LICENSE_EXPIRED).verdict).toBe(
      'a request ends with LS_LICENSE_EXPIRED although its strings are valid',
    );
    expect(asked(renewed(), LS_INSUFFICIENTUNITS).verdict).toBe(
      'a request ends with LS_INSUFFICIENTUNITS although so many tokens of it were free all the time',
    );
  });

  test('tokens that are out are not free', () => {
    const stage = renewed().grant(0, 1, 2).confirm(0, 1);
    expect(asked(stage, LS_INSUFFICIENTUNITS).verdict).toBeNull();
  });

  test('a string that was over is over, whatever its new date, and one that has not started is not valid', () => {
    expect(asked(renewed(REDATED), LS_LICENSE_EXPIRED).verdict).toBeNull();
    const later = { ...E7, startsAfterMs: 9_000_000 };
    const file = fileOf(scenarioFor(later), 2, { renewal: 1, endsAfterMs: DAYS_MS });
    const stage = started(later).putInForce(0, file).confirm(0, 1);
    expect(asked(stage, VLS_LICENSE_START_DATE_NOT_REACHED).verdict).toBeNull();
  });

  test('a request that met two files is not judged', () => {
    const stage = started().make(0, OVER).confirm(0, 1).begin(0, 1).putInForce(0, RENEWED).confirm(0, 1);
    expect(stage.finish(0, 1, LS_LICENSE_EXPIRED, 9).verdict).toBeNull();
    const uncommitted = started().make(0, OVER).confirm(0, 1).putInForce(0, RENEWED);
    expect(asked(uncommitted, LS_LICENSE_EXPIRED).verdict).toBeNull();
  });
});
