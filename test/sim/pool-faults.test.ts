// Faults on the license servers themselves, as the simulator runs them: those that wait for a milestone of the protocol
// strike in the phase that they name, and a server that lost its disk begins anew.

import { expect, test } from 'vitest';
import { ServerMachine } from '../../sim/pool/server-machine.ts';
import { type FaultPlan, RUN_BEGINS, type Scenario, type Target } from '../../sim/scenario/scenario.ts';
import { Run, simulate } from '../../sim/simulate.ts';
import { isFrozen } from '../../src/core/server/state.ts';
import { busyClient, busyPool, SECOND } from '../scenario/busy-pool.ts';

const LOSSES = { survivePpm: 0, torn: false };

/** A pool of three whose clients are busy until the end, with these faults alone. */
function poolWith(faults: readonly FaultPlan[]): Scenario {
  const client = busyClient(SECOND / 2, SECOND);
  return busyPool({
    environment: 'E1',
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 3, keyLifetimeMs: 30_000 }],
    clients: [client, client, client, client],
    faults,
    chaosUntil: 80 * SECOND,
    clientsUntil: 90 * SECOND,
    endsAt: 100 * SECOND,
  });
}

/** The preferred server is away for a while; when it is back, the Leader freezes to hand over. */
const AWAY: FaultPlan = {
  kind: 'crash',
  at: 10 * SECOND,
  until: 25 * SECOND,
  target: { server: 0 },
  ...LOSSES,
};

test('a crash of the Leader bound to its freeze finds it frozen', () => {
  const run = new Run(
    poolWith([
      AWAY,
      {
        kind: 'crash',
        at: 20 * SECOND,
        until: 30 * SECOND,
        target: { role: 'leader' },
        when: { milestone: 'froze', delay: 0 },
        ...LOSSES,
      },
    ]),
  );
  const bound = run.world.faults[1]!;
  let wasFrozen = false;
  while (bound.nodes.length === 0) {
    const leader = run.world.resolveRole('leader');
    const machine = leader < 0 ? null : run.world.machine(leader);
    const role = machine instanceof ServerMachine ? machine.view?.server.role : undefined;
    wasFrozen = role?.kind === 'leader' && isFrozen(role);
    expect(run.step()).toBe(true);
  }
  expect(wasFrozen).toBe(true);
  expect(bound.consequences).toBe(1);
});

test('a server whose disk was wiped begins with a new store, and becomes a member again', () => {
  const run = new Run(
    poolWith([{ kind: 'wiped-disk', at: 10 * SECOND, until: 12 * SECOND, target: { server: 0 } }]),
  );
  const store = () => (run.world.machine(0) as ServerMachine).view!.server.meta;
  while (run.world.now < 9 * SECOND && run.step(9 * SECOND));
  const before = store();
  while (run.world.now < 30 * SECOND && run.step(30 * SECOND));
  expect(run.context.counts.storesLost).toBe(1);
  expect(store().store).not.toBe(before.store);
  expect(store().isMember).toBe(true);
});

test('an edited license file becomes that of all servers', () => {
  const edits = [{ target: { server: 2 }, edit: { limits: [77] } }];
  const run = new Run(poolWith([{ kind: 'edited-file', at: 10 * SECOND, until: 12 * SECOND, edits }]));
  while (run.world.now < 20 * SECOND && run.step(20 * SECOND));
  expect(run.world.faults[0]!.consequences).toBe(1);
  expect(run.context.counts.filesAccepted).toBe(1);
  for (let server = 0; server < run.world.servers; server++) {
    const files = run.world.hosts[server]!.presentFiles();
    expect(new TextDecoder().decode(files.get('lservrlf'))).toContain('hard-limit=77');
  }
});

test('of two edits at once one is saved', () => {
  const edits = [
    { target: { server: 1 }, edit: { limits: [77] } },
    { target: { server: 2 }, edit: { limits: [88] } },
  ];
  const run = new Run(poolWith([{ kind: 'edited-file', at: 10 * SECOND, until: 12 * SECOND, edits }]));
  while (run.world.now < 20 * SECOND && run.step(20 * SECOND));
  expect(run.world.faults[0]!.consequences).toBe(2);
  expect(run.context.counts).toMatchObject({ filesAccepted: 1, editsLost: 1 });
});

test('an older license file that is put back is replaced', () => {
  const run = new Run(
    poolWith([
      {
        kind: 'edited-file',
        at: 10 * SECOND,
        until: 12 * SECOND,
        edits: [{ target: { server: 2 }, edit: { limits: [77] } }],
      },
      { kind: 'older-file', at: 16 * SECOND, until: 18 * SECOND, target: { server: 0 } },
    ]),
  );
  while (run.world.now < 17 * SECOND && run.step(17 * SECOND));
  const text = () => new TextDecoder().decode(run.world.hosts[0]!.presentFiles().get('lservrlf'));
  expect(text()).not.toContain('hard-limit=77');
  while (run.world.now < 30 * SECOND && run.step(30 * SECOND));
  expect(text()).toContain('hard-limit=77');
  expect(run.context.counts).toMatchObject({ filesAccepted: 1, olderFilesReplaced: 1, editsLost: 0 });
});

test("an operator's word sets the mark back on every server, and only the Leader takes it", () => {
  const order = (target: Target): FaultPlan => ({
    kind: 'lowered-mark',
    at: 20 * SECOND,
    until: 20 * SECOND,
    target,
    aheadMs: 0,
    beforeMs: 3_600_000,
  });
  const run = new Run(poolWith([order({ role: 'next' }), order({ role: 'leader' })]));
  // Soon after, before the next mark is due.
  while (run.step(20.1 * SECOND));
  const marks = Array.from({ length: run.context.scenario.servers }, (_, server) => {
    const { register } = (run.world.machine(server) as ServerMachine).view!.server;
    return register!.charter.highWater;
  });
  expect(new Set(marks)).toEqual(new Set([RUN_BEGINS - 3_580_000]));
  expect(run.world.faults.map(({ consequences }) => consequences)).toEqual([0, 1]);
  expect(run.outcome().violations).toEqual([]);
});

test('the successor and the grantee are whoever the Leader offers its lead and whoever it granted last', () => {
  const bound = (milestone: string, role: string): FaultPlan => ({
    kind: 'pause',
    at: 20 * SECOND,
    until: 21 * SECOND,
    target: { role: role as 'successor' | 'grantee' },
    when: { milestone, delay: 0 },
  });
  const scenario = poolWith([AWAY, bound('froze', 'successor'), bound('granted', 'grantee')]);
  const run = new Run(scenario);
  while (run.step());
  const [, successor, grantee] = run.world.faults;
  // The preferred server comes back, so the lead is offered to it.
  expect(successor!.nodes).toEqual([0]);
  expect(successor!.consequences).toBeGreaterThan(0);
  expect(grantee!.nodes[0]).toBeGreaterThanOrEqual(scenario.servers);
  expect(`c${grantee!.nodes[0]! - scenario.servers + 1}`).toMatch(/^c[1-9]$/);
});

test('a pool loses no second store before the first is a member again, and then it may', () => {
  const wiped = (server: number, at: number): FaultPlan => ({
    kind: 'wiped-disk',
    at: at * SECOND,
    until: (at + 1) * SECOND,
    target: { server },
  });
  const applied = (faults: readonly FaultPlan[]) => {
    const pool = poolWith(faults);
    const run = new Run(pool);
    while (run.step(40 * SECOND));
    return run.world.faults.map(({ isApplied }) => isApplied);
  };
  expect(applied([wiped(1, 10), wiped(2, 10.5)])).toEqual([true, false]);
  expect(applied([wiped(1, 10), wiped(2, 25)])).toEqual([true, true]);
});

test('a server whose sync fails recovers as after a crash, and the pool goes on', () => {
  const run = new Run(
    poolWith([
      {
        kind: 'failed-sync',
        at: 10 * SECOND,
        until: 15 * SECOND,
        target: { role: 'leader' },
        when: { milestone: 'granted', delay: 0 },
        ...LOSSES,
      },
    ]),
  );
  while (run.step());
  expect(run.world.faults[0]!.consequences).toBe(1);
  expect(run.outcome().counts.serverCrashes).toBe(1);
  expect(run.outcome().counts.takeOvers).toBeGreaterThan(1);
  expect(run.outcome().violations).toEqual([]);
});

test('a leader whose disk is full leaves office, and leads again when there is room', () => {
  const run = new Run(
    poolWith([
      {
        kind: 'full-disk',
        at: 10 * SECOND,
        until: 20 * SECOND,
        target: { role: 'leader' },
        when: { milestone: 'granted', delay: 0 },
        room: 0,
        copiesOnWrite: true,
      },
    ]),
  );
  while (run.step());
  const { counts, violations } = run.outcome();
  expect(run.world.faults[0]!.nodes).toEqual([0]);
  expect(run.world.faults[0]!.consequences).toBeGreaterThan(10);
  expect(counts.disksFull).toBe(1);
  expect(counts.stepDowns).toBeGreaterThan(0);
  expect(counts.serverCrashes).toBe(0);
  expect(counts.reclaims).toBeGreaterThan(0);
  expect(violations).toEqual([]);
});

test('clients that give up ask again at once, so that calls pile up; what they are granted too late they give back', () => {
  const drawn = poolWith([
    { kind: 'delay', at: 5 * SECOND, until: 15 * SECOND, links: 'all', shape: 'fixed', by: SECOND / 2 },
  ]);
  const hasty = {
    meanThink: SECOND / 10,
    meanHold: 2 * SECOND,
    sessions: 64,
    neverReleasePpm: 0,
    crashPpm: 0,
    mostUnits: 1,
    skip: [],
  };
  const run = (giveUpPpm: number) => {
    const { counts, violations } = simulate({ ...drawn, clients: [{ ...hasty, giveUpPpm }] });
    expect(violations).toEqual([]);
    return counts;
  };
  const patient = run(0);
  const impatient = run(1_000_000);
  expect(patient.clientsGivingUp).toBe(0);
  expect(impatient.clientsGivingUp).toBeGreaterThan(3);
  expect(impatient.releasesOk).toBeGreaterThan(0);
});
