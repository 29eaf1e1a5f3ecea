// A pool of real processes on loopback, for tests: each server in a folder of its own, with keys of its own, its log read
// line by line.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../sim/metal/free-ports.ts';
import { LicensePool } from '../../src/client/license-pool.ts';
import { type KeyPaths, type Keys, readKeys } from '../../src/node/keys.ts';

export const PROGRAM = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;

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
  private readonly isEncrypted: boolean;

  /** With keys, or in plain text. */
  static async of(count: number, tokens: number, isEncrypted = true, life = '60s'): Promise<RealPool> {
    const pool = new RealPool(isEncrypted);
    const ports = await freePorts(count);
    pool.addresses = new Map(ports.map((port, i) => [`s${i + 1}`, `127.0.0.1:${port}`]));
    const servers = [...pool.addresses].map(([host, address]) => `server ${host} ${address}\n`).join('');
    const license = `license serial=CAD-1 feature=cad hard-limit=${tokens} key-lifetime=${life}\n`;
    writeFileSync(pool.licenseFile, `regency pool file 1\n\npool real\nversion 1\n\n${servers}\n${license}`);
    if (isEncrypted) pool.makeKeys();
    return pool;
  }

  private constructor(isEncrypted: boolean) {
    this.isEncrypted = isEncrypted;
  }

  makeKeys(...more: string[]): void {
    execFileSync(process.execPath, [
      PROGRAM,
      'rlf',
      'keys',
      this.licenseFile,
      '--out',
      this.keyFolder,
      ...more,
    ]);
  }

  get keyFolder(): string {
    return join(this.folder, 'keys');
  }

  /** `who`: such as `servers/s1`. */
  pathsOf(who: string): KeyPaths {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(this.keyFolder, who, name));
    return { ca: ca!, cert: cert!, key: key! };
  }

  keysOf(who: string): Keys | null {
    if (!this.isEncrypted) return null;
    const keys = readKeys(this.pathsOf(who), new Date());
    if (typeof keys === 'string') throw new Error(keys);
    return keys;
  }

  client(owner = 'desk-7'): LicensePool {
    return new LicensePool({ servers: this.addresses, owner, keys: this.keysOf('clients/client') });
  }

  get licenseFile(): string {
    return join(this.folder, 'lservrlf');
  }

  start(host: string, ...more: string[]): RealServer {
    const data = join(this.folder, host);
    const keys = this.isEncrypted ? ['--keys', join(this.keyFolder, 'servers', host)] : ['--plaintext'];
    return this.startAs(host, ...keys, '--data', data, '--first-installation', ...more);
  }

  /** With nothing but what is said. */
  startAs(host: string, ...args: string[]): RealServer {
    const server = new RealServer(['--host', host, ...args]);
    this.running.push(server);
    return server;
  }

  async end(): Promise<void> {
    for (const { child } of this.running) child.kill('SIGKILL');
    await Promise.all(this.running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true });
  }
}

export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await isSo()); ) {
    if (Date.now() > end) throw new Error(`it did not come to ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
