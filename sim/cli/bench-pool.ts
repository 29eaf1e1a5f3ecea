// `regency-sim bench --pool`: three real servers with fsync on loopback: grants and renewals a second, and how long one takes,
// by how many clients at once; beside three members of etcd, when it is on the PATH, in turn and on the same disk. Then
// how long a fail-over and a reclaim take with the usual timers.

import { setTimeout as sleep } from 'node:timers/promises';
import { LicensePool, type Token } from '../../src/client/license-pool.ts';
import { Crew } from '../metal/crew.ts';
import { Etcd } from '../metal/etcd.ts';
import { killing } from '../metal/killing.ts';
import { percentile, type Speed, speedOf } from '../metal/load.ts';
import type { ServerProcess } from '../metal/server-process.ts';

const CLIENTS = [1, 64, 1000];
const SECONDS = 5;
const MANY = 1_000_000;
const CROWD = 50;
const MOST_TRIES = 20;
const PATIENCE_MS = 30_000;

export interface PoolBench {
  /** Fail-overs and reclaims, each of a new pool: one that fails again and again waits longer before it reclaims. */
  readonly failOvers: number;
  readonly print: (line: string) => void;
}

export async function benchPool({ failOvers, print }: PoolBench): Promise<void> {
  print(`three servers with fsync on loopback, without TLS; ${SECONDS} s each, clients in one process`);
  print(row(['', 'clients', 'per second', 'p50 ms', 'p99 ms', 'failed']));
  await withPool(async ({ crew }) => {
    const etcd = await Etcd.start(crew.folder);
    if (etcd === null) print('etcd is not on the PATH: nothing to compare with');
    try {
      for (const clients of CLIENTS) await benchOf(clients, crew, etcd, print);
    } finally {
      await etcd?.end();
    }
  });
  await benchFailOvers(failOvers, print);
}

async function benchOf(
  clients: number,
  crew: Crew,
  etcd: Etcd | null,
  print: (line: string) => void,
): Promise<void> {
  const pools = Array.from(
    { length: clients },
    (_, client) => new LicensePool({ servers: crew.places, owner: `c${client}`, keys: null }),
  );
  const nothing = async (): Promise<void> => {};
  const show = (what: string, { perSecond, p50, p99, failed }: Speed): void =>
    print(row([what, clients, Math.round(perSecond), p50.toFixed(2), p99.toFixed(2), failed]));
  const tokens = await firstTokens(pools);
  show(
    'grant',
    await speedOf(
      clients,
      SECONDS,
      (client) => pools[client]!.acquire('cad', '1.0'),
      (_, token: Token) => token.release(),
    ),
  );
  if (etcd !== null) {
    let keys = 0;
    show(
      'etcd: lease and put',
      await speedOf(
        clients,
        SECONDS,
        () => etcd.grant(`k${keys++}`),
        (_, lease) => etcd.revoke(lease),
      ),
    );
  }
  show(
    'renewal',
    await speedOf(clients, SECONDS, (client) => pools[client]!.renew(tokens[client]!), nothing),
  );
  if (etcd !== null) {
    const leases: string[] = [];
    for (let client = 0; client < clients; client++) leases.push(await etcd.grant(`l${client}`));
    show(
      'etcd: keep-alive',
      await speedOf(clients, SECONDS, (client) => etcd.keepAlive(leases[client]!), nothing),
    );
  }
  await Promise.all(pools.map((pool) => pool.close()));
}

/** A few at a time, as a crowd that comes in at once is not what is measured; who is refused comes again. */
async function firstTokens(pools: readonly LicensePool[]): Promise<readonly Token[]> {
  const tokens: Token[] = [];
  for (let from = 0; from < pools.length; from += CROWD) {
    const some = pools.slice(from, from + CROWD).map(async (pool) => {
      for (let tries = 1; ; tries++) {
        try {
          return await pool.acquire('cad', '1.0');
        } catch (error) {
          if (tries === MOST_TRIES) throw error;
        }
      }
    });
    tokens.push(...(await Promise.all(some)));
  }
  return tokens;
}

/** From the kill -9 of the Leader, and from the start of its next process: until the log says so, and until a client has a token. */
async function benchFailOvers(count: number, print: (line: string) => void): Promise<void> {
  const failOvers: number[] = [];
  const granted: number[] = [];
  const reclaims: number[] = [];
  for (let i = 0; i < count; i++) {
    await withPool(async ({ crew, processes, leads }) => {
      const pool = new LicensePool({ servers: crew.places, owner: 'c', keys: null });
      await pool.acquire('cad', '1.0');
      const killedAt = performance.now();
      const killed = processes[0]!.kill();
      const next = pool.acquire('cad', '1.0').then(() => granted.push(performance.now() - killedAt));
      await leads((server) => server !== 0);
      failOvers.push(performance.now() - killedAt);
      await Promise.all([next, killed]);
      const startedAt = performance.now();
      await leads((server) => server === 0, true);
      reclaims.push(performance.now() - startedAt);
      await pool.close();
    });
  }
  print(row(['', 'of', 'p50 ms', 'p99 ms', 'most ms']));
  for (const [what, took] of [
    ['the next leads', failOvers],
    ['the next grants', granted],
    ['started, leads again', reclaims],
  ] as const) {
    took.sort((a, b) => a - b);
    print(row([what, took.length, ...[50, 99, 100].map((percent) => Math.round(percentile(took, percent)))]));
  }
}

interface RunningPool {
  readonly crew: Crew;
  readonly processes: readonly ServerProcess[];
  /** Resolves when such a server takes over; `starts`: s1 is started first. */
  leads(isIt: (server: number) => boolean, starts?: boolean): Promise<void>;
}

async function withPool(work: (pool: RunningPool) => Promise<void>): Promise<void> {
  const plan = killing(1, 0);
  const crew = await Crew.of({ ...plan, licenses: [{ ...plan.licenses[0]!, hardLimit: MANY }] });
  let leader = -1;
  const started: ServerProcess[] = [];
  const said = (server: number, { kind }: { readonly kind: string }): void => {
    if (kind === 'took over') leader = server;
  };
  try {
    const processes = await crew.startPlain(said);
    started.push(...processes);
    // The first of them, if another was faster.
    for (const end = Date.now() + PATIENCE_MS; leader !== 0 && Date.now() < end; ) await sleep(20);
    await work({
      crew,
      processes,
      leads: async (isIt, starts = false) => {
        if (starts) started.push(crew.start(0, { said: (line) => said(0, line), endedByItself: () => {} }));
        for (const end = Date.now() + PATIENCE_MS; !isIt(leader); ) {
          if (Date.now() > end) throw new Error(`no such server took over within ${PATIENCE_MS} ms`);
          await sleep(2);
        }
      },
    });
  } finally {
    await Promise.all(started.map((process) => process.kill()));
    crew.end();
  }
}

function row(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, place) => (place === 0 ? String(cell).padEnd(22) : String(cell).padStart(12)))
    .join('');
}
