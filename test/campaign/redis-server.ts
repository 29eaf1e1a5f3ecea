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

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as { readonly port: number };
  await new Promise((done) => probe.close(done));
  return port;
}
