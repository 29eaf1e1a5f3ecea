import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Exposure } from '../../sim/campaign/exposure.ts';
import { type Risk, raisingKinds, risksOf } from '../../sim/campaign/risk.ts';
import { stream } from '../../sim/kernel/chance.ts';

function table(runs: number, kinds: Record<string, number>, environment = 'E1'): Exposure {
  return { [environment]: { runs, kinds } };
}

describe('the risk of a kind', () => {
  test('is that of its runs by that of the others, with its interval', () => {
    const [risk] = risksOf(table(40, { cut: 31 }), table(1000, { cut: 243 }));
    expect(risk).toMatchObject({ kind: 'cut', failing: [31, 40], others: [212, 960] });
    // 31/243 by 9/757 is 10.7.
    expect(risk!.relativeRisk).toBeGreaterThan(9.5);
    expect(risk!.relativeRisk).toBeLessThan(10.8);
    expect(risk!.interval[0]).toBeGreaterThan(4.5);
    expect(risk!.interval[1]).toBeLessThan(22);
  });

  test('is as improbable by chance as the urn says', () => {
    // 3 of 3 from 10, 4 of them marked: 4/120; and 2 or more: 40/120.
    expect(risksOf(table(3, { cut: 3 }), table(10, { cut: 4 }))[0]!.p).toBeCloseTo(4 / 120, 9);
    expect(risksOf(table(3, { cut: 2 }), table(10, { cut: 4 }))[0]!.p).toBeCloseTo(40 / 120, 9);
    // Two urns: all of both by the product.
    const failing = { ...table(2, { cut: 2 }), ...table(1, { cut: 1 }, 'E2') };
    const all = { ...table(10, { cut: 4 }), ...table(5, { cut: 1 }, 'E2') };
    expect(risksOf(failing, all)[0]!.p).toBeCloseTo((6 / 45) * (1 / 5), 9);
  });

  test('is corrected for as many kinds as were looked at', () => {
    const [first, second] = risksOf(table(3, { cut: 3, loss: 2 }), table(10, { cut: 4, loss: 4, rot: 10 }));
    expect(first!.correctedP).toBeCloseTo(2 * first!.p, 9);
    expect(second!.correctedP).toBeCloseTo(second!.p, 9);
  });

  test('from one failure nothing is claimed, nor from two, however rare the kind is', () => {
    for (const failures of [1, 2]) {
      expect(risksOf(table(failures, { rot: failures }), table(100_000, { rot: failures }))).toEqual([]);
    }
  });

  test('a kind that is drawn in one environment only does not seem to cause what is asserted there only', () => {
    const all = { ...table(1000, { cut: 300 }), ...table(100, { cut: 30, edit: 90 }, 'E7') };
    const risks = risksOf(table(10, { cut: 3, edit: 9 }, 'E7'), all);
    expect(raisingKinds(risks)).toEqual([]);
    expect(risks.find(({ kind }) => kind === 'edit')!.others).toEqual([81, 90]);
  });

  test('chance alone raises nothing in nineteen campaigns of twenty', () => {
    const chance = stream(7, 'risks of nothing');
    const campaigns = 400;
    let wrong = 0;
    for (let campaign = 0; campaign < campaigns; campaign++) {
      const failures = chance.between(3, 40);
      const all: Record<string, number> = {};
      const failing: Record<string, number> = {};
      for (let kind = 0; kind < 20; kind++) {
        const runs = chance.between(1, 999);
        all[kind] = runs;
        let left = runs;
        // Who failed is drawn from all runs, whatever they had.
        for (let run = 0; run < failures; run++) if (chance.below(1000 - run) < left) left--;
        failing[kind] = runs - left;
      }
      if (raisingKinds(risksOf(table(failures, failing), table(1000, all))).length > 0) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(0.05 * campaigns);
  });

  test('a large campaign is judged like a small one', () => {
    const exact = risksOf(table(2000, { cut: 560 }), table(20_000, { cut: 5000 }))[0]!;
    const normal = risksOf(table(2001, { cut: 560 }), table(20_000, { cut: 5000 }))[0]!;
    expect(Math.abs(Math.log(exact.p / normal.p))).toBeLessThan(0.15);
  });
});

test('of a planted bug that only an edit shows, edits come first', () => {
  const patch = 'properties/mutants/M59-edit-not-saved.patch';
  const out = mkdtempSync(join(tmpdir(), 'regency-risk-'));
  const options = ['--environment', 'E7', '--seeds', '120', '--max-failures', '1000', '--no-shrink'];
  const { stdout } = spawnSync(
    process.execPath,
    ['dist/sim/cli/main.js', 'campaign', '--patch', patch, ...options, '--out', out, '--json', '-'],
    { encoding: 'utf8' },
  );
  rmSync(out, { recursive: true });
  const { violations } = JSON.parse(stdout) as { violations: { count: number; risks: Risk[] }[] };
  const raising = raisingKinds(violations[0]!.risks);
  expect(raising[0]?.kind).toBe('edited-file');
}, 240_000);
