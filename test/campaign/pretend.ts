// A campaign that simulates nothing, for tests of what is made of results.

import { type Crew, localCrew } from '../../sim/campaign/crew.ts';
import { judge, type Simulate } from '../../sim/campaign/judge.ts';
import { addBrokenFact, addOutcome, emptyTally } from '../../sim/campaign/tally.ts';
import type { Outcome } from '../../sim/outcome.ts';
import { ENVIRONMENTS, hasCore, type Scenario } from '../../sim/scenario/scenario.ts';
import { BrokenFact } from '../../src/core/assert.ts';
import { busyPool, SECOND } from '../scenario/busy-pool.ts';

/** A simulator that runs nothing: what it finds follows from the seed. */
export const pretend: Simulate = ({ seed, environment }): Outcome => {
  if (seed % 97 === 13) throw new BrokenFact(`the table holds ${seed} units`);
  const isWrong = seed % 150 === 149;
  return {
    seed,
    environment,
    digest: (seed * 2_654_435_761).toString(16).padStart(16, '0').slice(-16),
    events: seed,
    simulated: 1_000_000,
    violations: isWrong
      ? [{ property: 'S5', reason: `${seed} of 5 tokens`, pattern: '# of # tokens', at: 1, event: 2 }]
      : [],
    counts: { grants: 1 },
    faults: { crash: { scheduled: 2, applied: 1, consequential: 1 } },
    times: { failOver: [seed * 1000], reclaim: [], unavailable: [seed * 1000, 1] },
    strikes: { crash: seed % 3 === 0 ? { steady: 2, freeze: 1 } : { steady: 1 } },
    states: [1000 + seed, seed % 10],
    labels: { even: seed % 2 === 0 ? 1 : 0 },
    checked: environment === 'E1' ? { S4: 1 } : { S4: 1, S5: 3 },
    numbers: { 'slack, most': -seed },
  };
};

/** A crew whose members are done in another order than they began. */
export function unrulyCrew(size: number, simulate: Simulate, order: () => number): Crew {
  const crew = localCrew(simulate);
  return {
    ...crew,
    size,
    run: async (batch) => {
      for (let turns = order(); turns > 0; turns--) await Promise.resolve();
      return crew.run(batch);
    },
  };
}

function plainScenario(seed: number): Scenario {
  const environment = ENVIRONMENTS[seed % ENVIRONMENTS.length]!;
  const plain = busyPool({
    environment,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 3, keyLifetimeMs: 30_000 }],
    clients: [],
    faults: [],
    chaosUntil: SECOND,
    clientsUntil: SECOND,
    endsAt: SECOND,
  });
  return { ...plain, seed, core: hasCore(environment) ? [0, 1, 2] : [] };
}

/** As if all seeds had been drawn, in no time; its members are done in another order than they began. */
export function swiftCrew(size = 1, order: () => number = () => 0): Crew {
  let isStopped = false;
  return {
    size,
    run: async (batch) => {
      for (let turns = order(); turns > 0; turns--) await Promise.resolve();
      const tally = emptyTally();
      for (let seed = batch.first; seed < batch.first + batch.count && !isStopped; seed++) {
        const scenario = plainScenario(seed);
        const judged = judge(pretend, () => scenario);
        if (judged.kind === 'outcome') addOutcome(tally, seed, judged.outcome, scenario);
        else if (judged.kind === 'broken fact') addBrokenFact(tally, seed, judged.fact, scenario);
      }
      return tally;
    },
    stop: () => {
      isStopped = true;
    },
    close: async () => {},
  };
}
