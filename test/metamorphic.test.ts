// What must not make a difference, makes none: two runs that differ in nothing but that are compared, event of the pool by
// event, without any property saying what is right. Wall clocks matter to dates only; a message counts once.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observer } from '../sim/pool/observer.ts';
import { ServerMachine } from '../sim/pool/server-machine.ts';
import { scenarioOf } from '../sim/scenario/arbitrary.ts';
import type { ClientPlan, FaultPlan, Scenario } from '../sim/scenario/scenario.ts';
import { Run } from '../sim/simulate.ts';
import { formatHandle, type HandleId } from '../src/core/ids.ts';
import type { LiveHandle } from '../src/core/state.ts';

const YEAR_MS = 365 * 86_400_000;
const SECOND = 1_000_000;

const seeds = fc.integer({ min: 1, max: 1_000_000 });

/** Everything that servers did and that applications were told, in order, with true time. */
interface Transcript {
  readonly lines: string[];
  readonly granted: Set<HandleId>;
}

/** The run of a scenario, prepared by `prepare` before its first event, and what was heard of it. */
function heard(scenario: Scenario, prepare: (run: Run) => void): { run: Run; transcript: Transcript } {
  const run = new Run(scenario);
  const transcript: Transcript = { lines: [], granted: new Set() };
  const observer: Observer = {
    serverNoted(at, server, event) {
      if (event.kind === 'granted') transcript.granted.add(event.handle);
      transcript.lines.push(`${at} s${server + 1} ${JSON.stringify(event)}`);
    },
    callEnded(at, client, call, outcome) {
      transcript.lines.push(`${at} c${client + 1} ${call.call} ${JSON.stringify(outcome)}`);
    },
  };
  run.context.observer = observer;
  prepare(run);
  while (run.step());
  expect(run.broken).toBeNull();
  return { run, transcript };
}

function shiftWalls(run: Run, byMs: number): void {
  for (const [node] of run.world.hosts.entries()) run.world.jumpWall(node, byMs);
}

test('shifting every wall clock by the same amount, far from any date, changes nothing that a server does or a client is told', () => {
  const shift = fc.constantFrom(-YEAR_MS, -3_600_000, -17, 17, 3_600_000, YEAR_MS);
  let events = 0;
  fc.assert(
    fc.property(seeds, shift, (seed, byMs) => {
      const drawn = scenarioOf(seed, { environment: 'E2' });
      const licenses = drawn.licenses.map(({ feature, version, hardLimit, keyLifetimeMs }) => ({
        feature,
        version,
        hardLimit,
        keyLifetimeMs,
      }));
      const scenario: Scenario = { ...drawn, licenses };
      const plain = heard(scenario, () => {});
      const shifted = heard(scenario, (run) => shiftWalls(run, byMs));
      expect(shifted.transcript.lines).toEqual(plain.transcript.lines);
      expect(shifted.run.world.events).toBe(plain.run.world.events);
      events += plain.transcript.lines.length;
    }),
    { numRuns: 60, seed: 1 },
  );
  expect(events).toBeGreaterThan(1000);
});

/** Sessions that all begin and end in good time, of clients of which some never give their unit back. */
function calmScenario(seed: number, faults: readonly FaultPlan[]): Scenario {
  const client: ClientPlan = {
    meanThink: SECOND / 2,
    meanHold: SECOND,
    sessions: 6,
    neverReleasePpm: 300_000,
    crashPpm: 0,
    mostUnits: 3,
    skip: [],
  };
  return {
    ...scenarioOf(seed, { environment: 'E2' }),
    servers: 3,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 1000, keyLifetimeMs: 300_000 }],
    clients: Array.from({ length: 4 }, () => client),
    settings: {},
    link: { delayFrom: 200, delayTo: 1000 },
    syncFrom: 1000,
    syncTo: 2000,
    faults,
    chaosUntil: 58 * SECOND,
    clientsUntil: 58 * SECOND,
    endsAt: 60 * SECOND,
    core: [],
  };
}

/** The table as each server has it in the end, and which handles it remembers as ended. */
function finalTables({ run, transcript }: ReturnType<typeof heard>) {
  const handles = [...transcript.granted].sort();
  return [0, 1, 2].map((server) => {
    const machine = run.world.machine(server);
    if (!(machine instanceof ServerMachine)) throw new Error(`s${server + 1} does not run`);
    const { table } = machine.view!.server.register!;
    const live: LiveHandle[] = [...table.live.values()].map((holding) => holding.token);
    return {
      live: live.map((token) => `${formatHandle(token.handle)} ${token.units} ${token.owner}`).sort(),
      ended: handles.filter((handle) => table.ended.has(handle)).map(formatHandle),
    };
  });
}

test('duplicating every message changes no final table', () => {
  const doubling: FaultPlan = {
    kind: 'duplication',
    at: 0,
    until: 60 * SECOND,
    links: 'all',
    ppm: 1_000_000,
    within: 2 * SECOND,
  };
  let live = 0;
  let ended = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const once = finalTables(heard(calmScenario(seed, []), () => {}));
      const twice = finalTables(heard(calmScenario(seed, [doubling]), () => {}));
      expect(twice).toEqual(once);
      live += once[0]!.live.length;
      ended += once[0]!.ended.length;
    }),
    { numRuns: 25, seed: 1 },
  );
  expect(live).toBeGreaterThan(25);
  expect(ended).toBeGreaterThan(25);
});
