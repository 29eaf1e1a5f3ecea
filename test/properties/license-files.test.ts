import { describe, expect, test } from 'vitest';
import { majorityRule } from '../../properties/answers.ts';
import { livenessBound } from '../../properties/bounds.ts';
import { conservation, globalCapacity } from '../../properties/capacity.ts';
import { fileConverges, fileVersion } from '../../properties/license-files.ts';
import { reclaim } from '../../properties/liveness.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { fileOf, SECOND, Stage, scenarioFor, term } from './stage.ts';

const E7 = { environment: 'E7' } as const;
const T1 = term(2, 0);
const T2 = term(3, 1);
const SCENARIO = scenarioFor(E7);
const SECOND_FILE = fileOf(SCENARIO, 2, { limits: [1] });
const OTHER_FILE = fileOf(SCENARIO, 2, { limits: [4] });
const THIRD_FILE = fileOf(SCENARIO, 3, { limits: [3] });

function led(): Stage {
  return new Stage(fileVersion, E7).lead(0, T1).confirm(0, 1);
}

describe('S15', () => {
  test('a file is put in force, committed, and installed', () => {
    const stage = led().edit(2, SECOND_FILE).putInForce(0, SECOND_FILE).confirm(0, 1);
    stage.install(0, SECOND_FILE).install(2, SECOND_FILE).reboot(2);
    expect(stage.over().verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(3);
  });

  test('a leader never replaces a file by one that is not newer', () => {
    const stage = led().putInForce(0, THIRD_FILE).confirm(0, 1).putInForce(0, SECOND_FILE);
    expect(stage.verdict).toBe('a license file is replaced by one that is not newer');
  });

  test('one version that is committed is one file', () => {
    const stage = led().putInForce(0, SECOND_FILE).confirm(0, 1);
    stage.lead(1, T2).putInForce(1, OTHER_FILE).confirm(1, 2);
    expect(stage.verdict).toBe('the committed version of the license file does not grow');
  });

  test('an older file that is put back does not come into force again', () => {
    const again = { ...fileOf(SCENARIO), version: 3 };
    const stage = led().putInForce(0, SECOND_FILE).confirm(0, 1).putInForce(0, again).confirm(0, 1);
    expect(stage.verdict).toBe('an older license file comes into force again');
  });

  test('nothing is installed before it is committed', () => {
    const stage = led().putInForce(0, SECOND_FILE).install(0, SECOND_FILE);
    expect(stage.verdict).toBe('a license file is installed that is not committed');
  });

  test('a boot finds no mixture of files', () => {
    const stage = led();
    stage.views[1]!.server.register.charter = {
      ...stage.views[1]!.server.register.charter,
      file: THIRD_FILE,
    };
    stage.views[1]!.server.localFile = THIRD_FILE;
    expect(stage.reboot(1).verdict).toBe('a boot finds a mixture of license files');
  });

  test('an edit that loses is saved', () => {
    const onDisk = { lservrlf: SECOND_FILE, 'lservrlf.conflict-2': OTHER_FILE };
    const stage = led().edit(2, OTHER_FILE).putInForce(0, SECOND_FILE).confirm(0, 1);
    expect(stage.install(2, SECOND_FILE, onDisk).over().verdict).toBeNull();
  });

  test('an edit that is overwritten without being in force or saved is lost', () => {
    const stage = led().edit(2, OTHER_FILE).putInForce(0, SECOND_FILE).confirm(0, 1);
    expect(stage.install(2, SECOND_FILE).over().verdict).toBe('an edit of the license file is lost');
  });

  test('who takes over has the newest committed file', () => {
    const stage = led().putInForce(0, SECOND_FILE).confirm(0, 1).lead(1, T2);
    expect(stage.takeOver(1).verdict).toBe('a server serves by an older license file');
  });
});

describe('L7', () => {
  const { leader } = livenessBound(SCENARIO);

  function converging(): Stage {
    const stage = new Stage(fileConverges, E7).lead(0, T1).confirm(0, 1);
    stage.putInForce(0, SECOND_FILE).confirm(0, 1).core(0, 1, 2);
    return stage.install(0, SECOND_FILE).install(1, SECOND_FILE);
  }

  test('all servers of the core have the file in force', () => {
    const stage = converging()
      .install(2, SECOND_FILE)
      .pass(leader + 1);
    expect(stage.over().verdict).toBeNull();
    expect(stage.checks).toBe(3);
  });

  test('one that has another one violates it', () => {
    const stage = converging()
      .edit(2, OTHER_FILE)
      .pass(leader + 1);
    expect(stage.over().verdict).toBe('the servers of the core do not have the newest license file');
  });

  test('within the bound nothing is said', () => {
    const stage = converging()
      .pass(leader - 1)
      .over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });
});

describe('limits follow the license file', () => {
  test('S4: after a lowered limit nothing is added, and who holds is not thrown out', () => {
    const stage = new Stage(conservation, E7).lead(0, T1).grant(0, 1).grant(0, 2).putInForce(0, SECOND_FILE);
    expect(stage.confirm(0, 1).verdict).toBeNull();
    expect(stage.end(0, 1, 'released').confirm(0, 1).verdict).toBeNull();
    expect(stage.grant(0, 3).verdict).toBe('a grant goes beyond the strings in force');
  });

  test('S4, S5: a raised limit may be used', () => {
    for (const property of [conservation, globalCapacity]) {
      const stage = new Stage(property, E7).lead(0, T1).putInForce(0, OTHER_FILE);
      for (let n = 1; n <= 4; n++) stage.grant(0, n).believe(0, n, 10 * SECOND);
      expect(stage.confirm(0, 1).verdict).toBeNull();
      stage.grant(0, 5).believe(0, 5, 10 * SECOND);
      expect(stage.confirm(0, 1).verdict).not.toBeNull();
    }
  });

  test('L2: who is preferred is what the newest committed file says', () => {
    const swapped = fileOf(SCENARIO, 2, { servers: [1, 0, 2] });
    const stage = new Stage(reclaim, E7).lead(0, T1).confirm(0, 1).core(0, 1, 2);
    stage.putInForce(0, swapped).confirm(0, 1);
    stage.pass(livenessBound(SCENARIO).reclaim + 1);
    expect(stage.step(0).verdict).toBe('the preferred server does not reclaim leadership');
  });
});

test('S3: in the joint phase of a change a quorum is one of the old members and one of the new', () => {
  const five = { ...E7, servers: 5 };
  const file = fileOf(scenarioFor(five), 2, { servers: [0, 1, 2] });
  for (const [helpers, verdict] of [
    [[1, 3], null],
    [[1, 2], 'LS_SUCCESS answers a request without a confirmed round'],
    [[3, 4], 'LS_SUCCESS answers a request without a confirmed round'],
  ] as const) {
    const stage = new Stage(majorityRule, five).lead(0, T1).confirm(0, 1);
    stage.putInForce(0, file, [0, 3, 4]).call(0, 0, 'request', 1).grant(0, 1).round(0).store(0);
    for (const helper of helpers) stage.acknowledge(helper, 0);
    expect(stage.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toBe(verdict);
  }
});
