// A pool of real processes on loopback, for tests: each server in a folder of its own, its log read line by line.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;

export type LogLine = { readonly kind: string; readonly [field: string]: unknown };

export class RealServer {
  readonly lines: LogLine[] = [];
  complaint = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, 'serve', '--json', ...args]);
    let rest = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.lines.push(JSON.parse(line));
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  async says(kind: string, withinMs = 20_000): Promise<LogLine> {
    const until = Date.now() + withinMs;
    while (Date.now() < until) {
      const found = this.lines.find((line) => line.kind === kind);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`'${kind}' was not said; ${this.complaint}${JSON.stringify(this.lines.slice(-8))}`);
  }
}

export class RealPool {
  readonly folder = mkdtempSync(join(tmpdir(), 'regency-pool-'));
  addresses = new Map<string, string>();
  private readonly running: RealServer[] = [];

  static async of(count: number, tokens: number): Promise<RealPool> {
    const pool = new RealPool();
    const ports = await freePorts(count);
    pool.addresses = new Map(ports.map((port, i) => [`s${i + 1}`, `127.0.0.1:${port}`]));
    const servers = [...pool.addresses].map(([host, address]) => `server ${host} ${address}\n`).join('');
    const license = `license serial=CAD-1 feature=cad hard-limit=${tokens} key-lifetime=60s\n`;
    writeFileSync(pool.licenseFile, `regency pool file 1\n\npool real\nversion 1\n\n${servers}\n${license}`);
    return pool;
  }

  get licenseFile(): string {
    return join(this.folder, 'lservrlf');
  }

  start(host: string, ...more: string[]): RealServer {
    const data = join(this.folder, host);
    const args = ['--plaintext', '--data', data, '--host', host, '--first-installation', ...more];
    const server = new RealServer(args);
    this.running.push(server);
    return server;
  }

  async end(): Promise<void> {
    for (const { child } of this.running) child.kill('SIGKILL');
    await Promise.all(this.running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const takers = await Promise.all(
    Array.from({ length: count }, () => {
      const taker = createServer();
      return new Promise<typeof taker>((resolve) => taker.listen(0, '127.0.0.1', () => resolve(taker)));
    }),
  );
  const ports = takers.map((taker) => (taker.address() as { port: number }).port);
  await Promise.all(takers.map((taker) => new Promise((resolve) => taker.close(resolve))));
  return ports;
}
