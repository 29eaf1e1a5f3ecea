// A crew of worker processes, on any machines: batches go to them by a queue in Redis. It looks for results again and again
// instead of waiting to be told, so nothing is lost with a message, a connection, or all that Redis held: what is not there is
// handed out once more, and a result counts once, however often it was made.

import type { CampaignIdentity } from '../campaign/checkpoint.ts';
import type { Crew } from '../campaign/crew.ts';
import type { Batch } from '../campaign/plan.ts';
import { emptyTally, type Tally } from '../campaign/tally.ts';
import { atMost } from './at-most.ts';
import {
  BUILDS_KEY,
  type Job,
  jobFor,
  jobId,
  LONGEST_RESULT,
  PREFIX,
  parseResult,
  queueName,
} from './job.ts';
import type { QueueConnection } from './redis.ts';

export interface FleetOptions {
  /** How many batches may be at work at the same time. */
  readonly size: number;
  readonly identity: CampaignIdentity;
  /** Something that people should know. */
  readonly tell: (text: string) => void;
  /** How many workers there are, whenever that has changed. */
  readonly onWorkers: (count: number) => void;
  /** A worker's first result is here. */
  readonly onWorker: (name: string) => void;
}

interface Waiting {
  readonly job: Job;
  readonly settle: (tally: Tally) => void;
  readonly fail: (error: Error) => void;
}

const LOOK_EVERY_MS = 200;
const ANNOUNCE_EVERY_MS = 5000;
/** How long a campaign is believed to be under way after it was last heard of. */
const ANNOUNCED_FOR_S = 30;
/** Leftovers of campaigns that were given up; until then, one that is gone on with finds them. */
const KEPT_FOR_S = 86_400;
const ATTEMPTS = 3;
/** Redis may be gone. */
const CLOSING_TAKES_AT_MOST_MS = 2000;
const MOST_NAMES = 1000;
const LONGEST_NAME = 100;

export function fleetCrew(connection: QueueConnection, options: FleetOptions): Crew {
  return new Fleet(connection, options);
}

class Fleet implements Crew {
  readonly size: number;
  private readonly redis: QueueConnection['redis'];
  private readonly queue: InstanceType<QueueConnection['Queue']>;
  private readonly options: FleetOptions;
  /** By the job's id. */
  private readonly waiting = new Map<string, Waiting>();
  /** By the next look they are saved; were one lost all the same, it would be run again. */
  private readonly taken: string[] = [];
  private readonly names = new Set<string>();
  private announcedAt = Number.NEGATIVE_INFINITY;
  private workers: number | null = null;
  private lastTrouble = '';
  private isStopped = false;
  private isClosed = false;

  constructor({ redis, Queue, tellOfLosses }: QueueConnection, options: FleetOptions) {
    this.size = options.size;
    this.options = options;
    this.redis = redis;
    this.queue = new Queue(queueName(options.identity.build), { connection: redis, prefix: PREFIX });
    this.queue.on('error', (error) => this.complain(error));
    tellOfLosses(options.tell);
    void this.watch();
  }

  run(batch: Batch): Promise<Tally> {
    if (this.isStopped) return Promise.resolve(emptyTally());
    const job = jobFor(this.options.identity, batch);
    return new Promise((settle, fail) => this.waiting.set(jobId(job), { job, settle, fail }));
  }

  /** Nobody is waited for; whoever is at work on a batch ends it. */
  stop(): void {
    this.isStopped = true;
    for (const { settle } of this.waiting.values()) settle(emptyTally());
    void this.withdraw();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await atMost(CLOSING_TAKES_AT_MOST_MS, this.leave());
  }

  private async leave(): Promise<void> {
    await this.withdraw();
    await Promise.allSettled([this.redis.zrem(BUILDS_KEY, this.options.identity.build)]);
    await Promise.allSettled([this.queue.close()]);
  }

  /** What nobody has begun is not run; what is being run stays until it is done. */
  private async withdraw(): Promise<void> {
    const unwanted = [...this.waiting.keys()];
    this.waiting.clear();
    await this.forget([...unwanted, ...this.taken.splice(0)]);
  }

  private async forget(ids: readonly string[]): Promise<void> {
    await Promise.allSettled(ids.map((id) => this.queue.remove(id)));
  }

  private async watch(): Promise<void> {
    while (!this.isClosed) {
      try {
        await this.announce();
        await this.forget(this.taken.splice(0));
        await Promise.all([...this.waiting].map(([id, waiting]) => this.look(id, waiting)));
      } catch (error) {
        this.complain(error as Error);
      }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
  }

  private async announce(): Promise<void> {
    if (performance.now() - this.announcedAt < ANNOUNCE_EVERY_MS) return;
    const [now] = await this.redis.time();
    await this.redis.zadd(BUILDS_KEY, Number(now) + ANNOUNCED_FOR_S, this.options.identity.build);
    this.announcedAt = performance.now();
    const workers = await this.queue.getWorkersCount();
    if (workers === this.workers) return;
    this.workers = workers;
    this.options.onWorkers(workers);
  }

  private async look(id: string, { job, settle, fail }: Waiting): Promise<void> {
    const state = await this.queue.getJobState(id);
    if (!this.waiting.has(id)) return;
    if (state === 'unknown') {
      const keep = { age: KEPT_FOR_S };
      await this.queue.add('batch', job, {
        jobId: id,
        attempts: ATTEMPTS,
        removeOnComplete: keep,
        removeOnFail: keep,
      });
    } else if (state === 'completed' || state === 'failed') {
      const result = await this.resultOf(id, job);
      if (result === null || !this.waiting.delete(id)) return;
      if (typeof result === 'string') fail(new Error(result));
      else settle(result);
      this.taken.push(id);
    }
  }

  /** A text says why there is none; null: it is not there any more. */
  private async resultOf(id: string, batch: Job): Promise<Tally | string | null> {
    if ((await this.redis.hstrlen(this.queue.toKey(id), 'returnvalue')) > LONGEST_RESULT)
      return 'its result is too long';
    const done = await this.queue.getJob(id);
    if (done === undefined) return null;
    if (done.processedBy !== undefined) this.hearOf(done.processedBy);
    if (done.failedReason !== undefined && done.returnvalue === null) return done.failedReason.slice(0, 1000);
    const parsed = parseResult(done.returnvalue, batch);
    return parsed.ok ? parsed.value : `its result is not readable: ${parsed.reason}`;
  }

  private hearOf(worker: string): void {
    const name = worker.slice(0, LONGEST_NAME);
    if (this.names.has(name) || this.names.size >= MOST_NAMES) return;
    this.names.add(name);
    this.options.onWorker(name);
  }

  /** Once, however often it happens. That a connection was lost is told by those who hold it. */
  private complain({ message }: Error): void {
    if (this.isClosed || this.redis.status !== 'ready' || message === this.lastTrouble) return;
    this.lastTrouble = message;
    this.options.tell(`trouble with the queue: ${message}`);
  }
}
