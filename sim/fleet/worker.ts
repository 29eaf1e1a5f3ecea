// A member of a fleet: takes batches from the queue of its build, and gives back their tallies. Batches run in threads, since
// a process that hears nothing while it simulates would be held for dead, and its batch given to another.

import type { Crew } from '../campaign/crew.ts';
import type { Draw } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import { atMost } from './at-most.ts';
import { BUILDS_KEY, PREFIX, parseJob, queueName } from './job.ts';
import type { QueueConnection } from './redis.ts';

export interface WorkerOptions {
  readonly build: string;
  /** How others call it. */
  readonly name: string;
  readonly threads: number;
  readonly crewFor: (draw: Draw) => Crew;
  readonly interrupt: AbortSignal;
  readonly tell: (text: string) => void;
  readonly onBatch: (tally: Tally) => void;
}

/** Told to stop, or the only campaigns there are of other builds: these. */
export type WorkEnding =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'other builds'; readonly builds: readonly string[] };

/** A worker that is not heard of for so long is held for dead. */
const LOCK_MS = 5000;
const LOOK_FOR_DEAD_EVERY_MS = 2000;
/** A batch whose worker died more often than that is not tried again: it may be why. */
const MOST_DEAD = 4;
const LOOK_FOR_BUILDS_EVERY_MS = 2000;
/** After what the queue refused, such as the result of a job that it has forgotten. */
const RETRY_MS = 1000;
const LOOK_FOR_END_EVERY_MS = 50;
const HANDING_IN_TAKES_AT_MOST_MS = 3000;

export async function workInFleet(connection: QueueConnection, options: WorkerOptions): Promise<WorkEnding> {
  const { redis, Worker, tellOfLosses } = connection;
  const { build, name, threads, crewFor, interrupt, tell, onBatch } = options;
  const others = await onlyOtherBuilds(connection, build);
  if (others !== null) return { kind: 'other builds', builds: others };
  tellOfLosses(tell);
  const crews = new Map<string, Crew>();
  let underWay = 0;

  const run = async (data: unknown): Promise<Tally> => {
    const read = parseJob(data, build);
    if (!read.ok) throw new Error(read.reason);
    const { strategy, environment, first, count } = read.value;
    const key = `${strategy} ${environment}`;
    let crew = crews.get(key);
    if (crew === undefined) {
      crew = crewFor({ strategy, environment: environment ?? undefined });
      crews.set(key, crew);
    }
    underWay++;
    try {
      const tally = await crew.run({ index: 0, first, count });
      onBatch(tally);
      return tally;
    } finally {
      underWay--;
    }
  };
  const begin = () =>
    new Worker(queueName(build), ({ data }) => run(data), {
      connection: redis,
      prefix: PREFIX,
      name,
      concurrency: threads,
      lockDuration: LOCK_MS,
      stalledInterval: LOOK_FOR_DEAD_EVERY_MS,
      maxStalledCount: MOST_DEAD,
      runRetryDelay: RETRY_MS,
    });
  let lastTrouble = '';
  const listened = (begun: ReturnType<typeof begin>) =>
    begun
      .on('error', ({ message }) => {
        if (redis.status !== 'ready' || message === lastTrouble) return;
        lastTrouble = message;
        tell(`trouble with the queue: ${message}`);
      })
      .on('failed', (_, { message }) => tell(`a batch failed: ${message}`));
  let worker = listened(begin());
  // One whose connection was lost with a batch at work may wait for ever for what is lost: another takes its place.
  let isSuspect = false;
  redis.on('close', () => {
    isSuspect = true;
  });

  let ending: WorkEnding | null = null;
  while (ending === null) {
    await pause(LOOK_FOR_BUILDS_EVERY_MS, interrupt);
    if (interrupt.aborted) ending = { kind: 'stopped' };
    else if (underWay === 0 && redis.status === 'ready') {
      if (isSuspect) {
        isSuspect = false;
        void worker.close(true).catch(() => {});
        worker = listened(begin());
      }
      const builds = await onlyOtherBuilds(connection, build).catch(() => null);
      if (builds !== null) ending = { kind: 'other builds', builds };
    }
  }
  const closed = worker.close();
  // Batches under way are finished first; if Redis is gone then, nobody gets them.
  while (underWay > 0) await new Promise((done) => setTimeout(done, LOOK_FOR_END_EVERY_MS));
  await atMost(HANDING_IN_TAKES_AT_MOST_MS, closed);
  if (redis.status !== 'ready') await atMost(HANDING_IN_TAKES_AT_MOST_MS, worker.disconnect());
  await Promise.all([...crews.values()].map((crew) => crew.close()));
  return ending;
}

/** Builds of the campaigns under way if there are some, and none is of this one. */
async function onlyOtherBuilds({ redis }: QueueConnection, build: string): Promise<string[] | null> {
  const [now] = await redis.time();
  const builds = await redis.zrangebyscore(BUILDS_KEY, Number(now), '+inf', 'LIMIT', 0, 100);
  return builds.length === 0 || builds.includes(build) ? null : builds;
}

async function pause(ms: number, interrupt: AbortSignal): Promise<void> {
  if (interrupt.aborted) return;
  await new Promise<void>((done) => {
    const onAbort = () => {
      clearTimeout(timer);
      done();
    };
    const timer = setTimeout(() => {
      interrupt.removeEventListener('abort', onAbort);
      done();
    }, ms);
    interrupt.addEventListener('abort', onAbort, { once: true });
  });
}
