// A Redis of the tests' own, on loopback, that keeps nothing on disk. Where there is none, they are skipped, and say so.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server';

export const hasRedis = spawnSync(PROGRAM, ['--version']).status === 0;
export const needsRedis = hasRedis ? '' : ` (skipped: there is no ${PROGRAM}; REDIS_SERVER names another)`;

export class RedisServer {
  readonly port: number;
  private process: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  static async begin(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** It remembers nothing of before. */
  async start(): Promise<void> {
    const words = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.process = spawn(PROGRAM, words, { stdio: 'ignore' });
    const redis = this.client();
    await redis.ping();
    redis.disconnect();
  }

  async kill(): Promise<void> {
    const gone = new Promise((done) => this.process?.once('close', done));
    this.process?.kill('SIGKILL');
    await gone;
  }

  client(): Redis {
    const redis = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on('error', () => {});
    return redis;
  }
}

/**
 * Not one of those from which systems take ports for clients: one that looks for a server on such a port, where none is at the
 * moment, may meet itself, and then the server finds its port in use.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((done) =>
      probe.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)),
    );
    if (!isFree) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}
