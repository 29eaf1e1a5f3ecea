// Where a search begins: moments of interest in the life of a small pool, reached by a short script from its boot, so that
// depth is not spent on what every run has. No delay and no sync takes any time of its own: time passes from one timer to the
// next, and whatever takes longer was held.

import { assert } from '../../src/core/assert.ts';
import type { Leader, Role } from '../../src/core/server/state.ts';
import { cloneGraph } from '../kernel/clone.ts';
import type { Counters } from '../pool/counters.ts';
import { ServerMachine } from '../pool/server-machine.ts';
import { type ClientPlan, type Move, SCENARIO_SCHEMA, type Scenario } from '../scenario/scenario.ts';
import { Run } from '../simulate.ts';

export interface PoolSize {
  readonly servers: number;
  readonly clients: number;
}

export interface Start {
  readonly run: Run;
  /** The moves that led there. */
  readonly moves: readonly Move[];
}

export interface StartKind {
  readonly name: string;
  readonly text: string;
  readonly size: PoolSize;
  readonly client: ClientPlan;
  lead(script: Script): void;
}

/** Asks soon, holds shortly, asks again. */
const BUSY: ClientPlan = {
  meanThink: 50_000,
  meanHold: 200_000,
  sessions: 100_000,
  neverReleasePpm: 0,
  crashPpm: 0,
  mostUnits: 1,
  skip: [],
};

const HOLDING: ClientPlan = { ...BUSY, meanHold: 600_000_000 };

export const STARTS: readonly StartKind[] = [
  {
    name: 'boot',
    text: 'everybody is switched on',
    size: { servers: 3, clients: 1 },
    client: BUSY,
    lead() {},
  },
  {
    name: 'elected',
    text: 's1 has just been elected, and clients ask',
    size: { servers: 3, clients: 2 },
    client: BUSY,
    lead(script) {
      script.until(() => script.leader(0) !== null);
    },
  },
  {
    name: 'granted',
    text: 's1 leads, a client holds the only token and gives it back soon',
    size: { servers: 3, clients: 2 },
    client: BUSY,
    lead(script) {
      script.until(() => script.counts.requestsOk > 0);
    },
  },
  {
    name: 'orphaned',
    text: 's1 has died in office, a client holds the only token and another one asks, and s2 is about to stand',
    size: { servers: 3, clients: 2 },
    client: HOLDING,
    lead(script) {
      script.until(() => script.counts.requestsOk > 0);
      script.make({ move: 'crash', node: 0, keeps: false });
      script.untilBefore((ahead) => ahead.role(1) === 'candidate', 4);
    },
  },
  {
    name: 'returned',
    text: 's2 leads, a client holds the token, and s1 has come back',
    size: { servers: 3, clients: 1 },
    client: HOLDING,
    lead: returned,
  },
  {
    name: 'trial',
    text: 's2 has just asked s1 whether it could lead, and clients ask and give back',
    size: { servers: 3, clients: 2 },
    client: BUSY,
    lead(script) {
      returned(script);
      script.until(() => (script.leader(1)?.handOver ?? null) !== null);
    },
  },
  {
    name: 'freeze',
    text: 's2 is frozen for the hand-over to s1, and clients ask',
    size: { servers: 3, clients: 2 },
    client: BUSY,
    lead(script) {
      returned(script);
      script.until(() => script.leader(1)?.handOver?.phase === 'freeze');
    },
  },
  {
    name: 'expiring',
    text: 's1 leads, and the token of a client that stands still is about to lapse',
    size: { servers: 3, clients: 2 },
    client: { ...HOLDING, meanThink: 3_000_000 },
    lead(script) {
      script.until(() => script.counts.requestsOk > 0);
      script.make({ move: 'pause', node: script.grantee() });
      script.untilBefore(({ counts }) => counts.lapses > 0, 4);
    },
  },
  {
    name: 'behind',
    text: 's2 stands after the death of s1; it and s3 have missed a grant that the others have',
    size: { servers: 5, clients: 1 },
    client: HOLDING,
    lead(script) {
      script.until(() => script.leader(0) !== null);
      script.make({ move: 'cut', nodes: [1, 2] });
      script.until(() => script.counts.requestsOk > 0);
      script.make({ move: 'crash', node: 0, keeps: true });
      script.make({ move: 'mend', cut: 0 });
      script.until(() => script.role(1) === 'candidate');
    },
  },
  {
    name: 'late-vote',
    text: 'a vote of s4 for an earlier candidacy of s2 is still under way, s1 has granted with s4 and s5 since, s1 and s4 are gone, and s2 is about to stand again',
    size: { servers: 5, clients: 1 },
    client: HOLDING,
    lead(script) {
      script.until(() => script.leader(0)?.isActive === true);
      script.make({ move: 'crash', node: 0, keeps: true });
      script.until(() => script.role(1) === 'candidate' && script.comesFrom(3, 1));
      script.make({ move: 'hold' });
      script.make({ move: 'cut', nodes: [1, 2] });
      script.make({ move: 'restart', node: 0 });
      script.until(() => script.counts.requestsOk > 0);
      script.make({ move: 'crash', node: 0, keeps: true });
      script.make({ move: 'cut', nodes: [3] });
      script.make({ move: 'mend', cut: 0 });
      script.untilBefore((ahead) => ahead.role(1) === 'candidate', 4);
    },
  },
];

/** True time at which every searched run ends, if its depth does not end it before. */
const ENDS_AT = 600_000_000;

export interface StartOptions {
  readonly size: PoolSize;
  readonly seed: number;
  /** Wall clocks will jump. */
  readonly jumps: boolean;
}

export function startOf(kind: StartKind, { size, seed, jumps }: StartOptions): Start {
  const scenario: Scenario = {
    schema: SCENARIO_SCHEMA,
    seed,
    environment: jumps ? 'E4' : 'E2',
    servers: size.servers,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 1, keyLifetimeMs: 60_000 }],
    clients: Array.from({ length: size.clients }, () => kind.client),
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 0, delayTo: 0 },
    syncFrom: 0,
    syncTo: 0,
    logLimitBytes: 1024 * 1024,
    faults: [],
    moves: [],
    chaosUntil: ENDS_AT,
    clientsUntil: ENDS_AT,
    endsAt: ENDS_AT,
    core: [],
  };
  // Frozen, so that copies of the run share it.
  const script = new Script(new Run(Object.freeze(scenario)));
  kind.lead(script);
  return { run: script.run, moves: script.moves };
}

/** What a move says without its place, which follows from where it is made. */
type Unplaced<M> = M extends unknown ? Omit<M, 'before'> : never;

/** More events than this lead nowhere. */
const MOST_EVENTS = 100_000;

/** Lets a run happen until something has come about, and departs from it here and there. */
class Script {
  readonly run: Run;
  readonly moves: Move[] = [];

  constructor(run: Run) {
    this.run = run;
  }

  get counts(): Counters {
    return this.run.context.counts;
  }

  /** The node of the client that was granted a token last. */
  grantee(): number {
    return this.run.world.resolveRole('grantee');
  }

  /** That server in its office; null: it does not lead, or does not run. */
  leader(server: number): Leader | null {
    const machine = this.run.world.machine(server);
    const role = machine instanceof ServerMachine ? machine.view?.server.role : undefined;
    return role?.kind === 'leader' ? role : null;
  }

  role(server: number): Role['kind'] | null {
    const machine = this.run.world.machine(server);
    return machine instanceof ServerMachine ? (machine.view?.server.role.kind ?? null) : null;
  }

  /** A message between these two is next. */
  comesFrom(from: number, to: number): boolean {
    const next = this.run.world.next();
    return next !== null && next.node === to && next.frame?.from === from;
  }

  make(move: Unplaced<Move>): void {
    const placed = { ...move, before: this.run.world.events + 1 } as Move;
    assert(this.run.steering!.make(placed), `${move.move} can be made here`);
    this.moves.push(placed);
  }

  until(hasCome: () => boolean): void {
    for (let events = 0; !hasCome(); events++)
      assert(events < MOST_EVENTS && this.run.step(), 'what the start waits for comes about');
  }

  /** So many events before that. */
  untilBefore(hasCome: (ahead: Script) => boolean, events: number): void {
    const ahead = new Script(cloneGraph(this.run));
    ahead.until(() => hasCome(ahead));
    const until = ahead.run.world.events - events;
    this.until(() => this.run.world.events >= until);
  }
}

function returned(script: Script): void {
  script.until(() => script.counts.requestsOk > 0);
  script.make({ move: 'crash', node: 0, keeps: false });
  script.until(() => script.leader(1)?.isActive === true);
  script.make({ move: 'restart', node: 0 });
  script.until(() => script.run.world.hosts[0]!.isUp && script.run.world.nextAt() > script.run.world.now);
}
