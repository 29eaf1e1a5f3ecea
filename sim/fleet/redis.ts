// The way to a fleet's queue. The one file that knows how Redis is reached: its packages are loaded when a fleet is asked for, so
// that nobody else need install them, and the password is in nothing that can be printed.

import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Read } from '../campaign/checkpoint.ts';

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly isEncrypted: boolean;
  /** For people: without the user and the password. */
  readonly shown: string;
}

export interface QueueConnection {
  readonly redis: Redis;
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  /** From now on: that the connection was lost, and that it is back. */
  tellOfLosses(tell: (text: string) => void): void;
  close(): void;
}

const REDIS_PORT = 6379;
const CONNECT_TIMEOUT_MS = 5000;
const LONGEST_WAIT_MS = 2000;

/** `redis://host:port/database`; null when the text is nothing of the kind. A password in it comes before `otherwise`. */
export function parseQueueAddress(text: string, otherwise?: string): QueueAddress | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(text);
  const path = /^\/?(\d{0,5})$/.exec(pathname);
  const isEncrypted = protocol === 'rediss:';
  if ((protocol !== 'redis:' && !isEncrypted) || hostname === '' || path === null || search + hash !== '')
    return null;
  try {
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? REDIS_PORT : Number(port),
      database: Number(path[1]),
      username: username === '' ? undefined : decodeURIComponent(username),
      password: password === '' ? otherwise : decodeURIComponent(password),
      isEncrypted,
      shown: `${protocol}//${hostname}:${port === '' ? REDIS_PORT : port}/${Number(path[1])}`,
    };
  } catch {
    // A stray % in the user or the password.
    return null;
  }
}

/** Connected once, it is connected again whenever it is lost, and whatever is asked of it meanwhile waits. */
export async function connectQueue(address: QueueAddress): Promise<Read<QueueConnection>> {
  const packages = await loadPackages();
  if (packages === null) {
    return {
      ok: false,
      reason: 'a fleet needs the packages bullmq and ioredis, which are not here: npm install bullmq ioredis',
    };
  }
  const { host, port, database, username, password, isEncrypted, shown } = address;
  let hasBeenReady = false;
  const redis = new packages.Redis({
    host,
    port,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isEncrypted ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (hasBeenReady ? Math.min(times * 100, LONGEST_WAIT_MS) : null),
  });
  let complaint = 'it does not answer';
  redis.on('error', (error: Error) => {
    complaint = error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    const cause = (error as Error).message === 'Connection is closed.' ? complaint : (error as Error).message;
    return { ok: false, reason: `cannot use Redis at ${shown}: ${cause}` };
  }
  hasBeenReady = true;
  let isClosed = false;
  let isLost = false;
  return {
    ok: true,
    value: {
      redis,
      Queue: packages.Queue,
      Worker: packages.Worker,
      tellOfLosses(tell) {
        redis.on('close', () => {
          if (isClosed || isLost) return;
          isLost = true;
          tell(`lost Redis at ${shown}; waiting for it`);
        });
        redis.on('ready', () => {
          if (isLost) tell(`Redis at ${shown} is back`);
          isLost = false;
        });
      },
      close() {
        isClosed = true;
        redis.disconnect();
      },
    },
  };
}

async function loadPackages() {
  try {
    const [{ Queue, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { Queue, Worker, Redis };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
