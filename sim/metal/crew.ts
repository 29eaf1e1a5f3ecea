// The processes of one pool on loopback: a folder for each server, a license file in which every server has the address of a
// door of this program, and behind the door the engine, which carries frames on to where the process really listens. Without
// keys: the engine must see where a frame ends, and who sent it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/core/ids.ts';
import { printPoolFile } from '../../src/core/pool-file-text.ts';
import { parseAddress } from '../../src/node/address.ts';
import { Door } from '../../src/node/door.ts';
import { Decoder } from '../../src/wire/frame.ts';
import { poolFileOf, serverHost } from '../pool/founding.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { freePorts } from './free-ports.ts';
import { type LogLine, type ProcessOwner, ServerProcess } from './server-process.ts';

/** The program of a server, as it was built beside this one. */
export const PROGRAM = new URL('../../src/cli/main.js', import.meta.url).pathname;

/** It takes a second or two; a busy machine may need longer to start processes. */
const FORMED_WITHIN_MS = 60_000;

/** A frame from one process to another, by the places of the two. */
export type Carrier = (from: number, to: number, frame: Uint8Array) => void;

export class Crew {
  readonly folder = mkdtempSync(join(tmpdir(), 'regency-metal-'));
  private readonly program: string;
  private readonly doors: Door[] = [];
  private readonly decoder = new Decoder();
  /** Where the license file says that each server listens, and where its process does. */
  private named: readonly string[] = [];
  private listening: readonly string[] = [];
  private carrier: Carrier = () => {};

  private constructor(program: string) {
    this.program = program;
  }

  static async of(scenario: Scenario, program = PROGRAM): Promise<Crew> {
    const crew = new Crew(program);
    const { servers } = scenario;
    const ports = (await freePorts(2 * servers)).map((port) => `127.0.0.1:${port}`);
    crew.named = ports.slice(0, servers);
    crew.listening = ports.slice(servers);
    const file = poolFileOf(scenario);
    const named = file.servers.map(({ host }, place) => ({ host, address: ports[place]! }));
    writeFileSync(join(crew.folder, 'lservrlf'), printPoolFile({ ...file, servers: named }));
    return crew;
  }

  /**
   * The pool forms itself, by itself: each process listens where the license file says. Who has no slot yet cannot be told
   * by what it sends, so the doors are not open yet. When every server has a store that counts, all are killed.
   */
  async found(interrupt?: AbortSignal): Promise<void> {
    const processes = await this.startPlain(() => {}, interrupt);
    await Promise.all(processes.map((process) => process.kill()));
  }

  /** Without doors: resolves when every server has a store that counts and one leads. */
  async startPlain(
    said: (server: number, line: LogLine) => void,
    interrupt?: AbortSignal,
  ): Promise<readonly ServerProcess[]> {
    const ready = new Set<number>();
    let ended = '';
    const processes = this.named.map((_, server) =>
      this.start(server, {
        said: (line) => {
          if (line.kind === 'took over' || line.kind === 'file installed') ready.add(server);
          said(server, line);
        },
        endedByItself: (because) => {
          ended = because;
        },
      }),
    );
    const until = Date.now() + FORMED_WITHIN_MS;
    while (ready.size < processes.length && interrupt?.aborted !== true) {
      if (ended !== '' || Date.now() > until) {
        await Promise.all(processes.map((process) => process.kill()));
        throw new Error(`the pool did not form: ${ended === '' ? 'not in time' : ended}`);
      }
      await sleep(20);
    }
    return processes;
  }

  /** One process, which listens where the license file says. */
  start(server: number, owner: ProcessOwner): ServerProcess {
    const [program, ...args] = this.command(server, '--first-installation');
    return new ServerProcess(program!, args, owner);
  }

  /** Where the license file says that servers listen. */
  get places(): ReadonlyMap<Host, string> {
    return new Map(this.named.map((address, server) => [serverHost(server), address]));
  }

  /** From now on what processes send to each other comes here. */
  async openDoors(): Promise<void> {
    for (const [server, address] of this.named.entries()) {
      const door = new Door(
        {
          said: (speaker, _connection, frame) => speaker === 'server' && this.carry(server, frame),
          addresses: () => new Map(),
          turnedAway: () => {},
        },
        null,
      );
      this.doors.push(door);
      await door.open(parseAddress(address)!);
    }
  }

  /** Where that server's process listens. */
  addressOf(server: number): string {
    return this.listening[server]!;
  }

  /** What its process is started with, behind its door. */
  commandOf(server: number): readonly string[] {
    return this.command(server, '--log-calls', '--listen', this.addressOf(server));
  }

  private command(server: number, ...more: string[]): readonly string[] {
    const host = serverHost(server);
    const data = join(this.folder, host);
    const file = join(this.folder, 'lservrlf');
    return [this.program, '--plaintext', '--host', host, '--data', data, '--file', file, ...more];
  }

  /** From now on that is where frames go. */
  carryBy(carrier: Carrier): void {
    this.carrier = carrier;
  }

  /** When nothing runs in its folders any more. */
  end(): void {
    this.carrier = () => {};
    for (const door of this.doors) door.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Who sent it stands in it: a slot is a place in the license file, for nobody comes later. */
  private carry(to: number, frame: Uint8Array): boolean {
    const message = this.decoder.server(frame, 0, frame.length);
    if (message === null) return false;
    this.carrier(message.header.from, to, frame);
    return true;
  }
}
