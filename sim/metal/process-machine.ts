// A server as a machine of the engine whose inside is a process: a frame that the engine delivers is written to a connection
// of the process, and what the process sends, the engine carries. So whatever faults do to links and nodes befalls it, and
// nothing in it knows.

import type { Host } from '../../src/core/ids.ts';
import { parseAddress } from '../../src/node/address.ts';
import { Line } from '../../src/node/line.ts';
import { PeerLink } from '../../src/node/peer-link.ts';
import { FrameSplitter } from '../../src/wire/frame-splitter.ts';
import { MILESTONES } from '../scenario/milestones.ts';
import type { Machine, Port } from '../world/machine.ts';
import { type LogLine, ServerProcess } from './server-process.ts';

/** What is told as a milestone: an event of the protocol by its name. */
const TOLD: ReadonlySet<string> = new Set(MILESTONES);

/** A client's connection of which nothing is heard for so long is closed, µs; one that says something again is dialed again. */
const IDLE = 20_000_000;

export interface Surroundings {
  /** How many of the nodes are servers. */
  readonly servers: number;
  /** What its process is started with, the program's file first. */
  readonly command: readonly string[];
  readonly host: Host;
  /** Where its process listens. */
  readonly address: string;
  /** When nobody uses its folder and its port any more. */
  readonly free: Promise<void>;
  /** Before anything comes in from outside: the engine's time is then the present. */
  catchUp(): void;
  /** After it: the engine's next event may have changed. */
  rearm(): void;
  said(node: number, line: LogLine): void;
  endedByItself(node: number, because: string): void;
}

export class ProcessMachine implements Machine {
  private readonly port: Port;
  private readonly surroundings: Surroundings;
  private process: ServerProcess | null = null;
  private isGone = false;
  private readonly peers = new Map<number, PeerLink>();
  /** Connections of clients, by the client's own number for each. */
  private readonly lines = new Map<string, { readonly line: Line; readonly usedAt: number }>();

  constructor(port: Port, surroundings: Surroundings) {
    this.port = port;
    this.surroundings = surroundings;
  }

  start(): void {
    void this.surroundings.free.then(() => {
      if (!this.isGone) this.begin();
    });
  }

  receive(from: number, connection: number, bytes: Uint8Array, length: number): void {
    const { servers, host, address } = this.surroundings;
    if (from >= servers) {
      this.lineOf(from, connection)?.send(Buffer.from(bytes.subarray(0, length)));
      return;
    }
    let link = this.peers.get(from);
    if (link === undefined) {
      link = new PeerLink(host, () => {});
      this.peers.set(from, link);
    }
    link.send(address, null, bytes, length);
  }

  wake(): void {}

  committed(): void {}

  noRoom(): void {}

  /** What its process sent to another server. */
  sent(to: number, frame: Uint8Array): void {
    this.port.send(to, 0, frame, frame.length);
  }

  /** kill -9; resolves when nothing of it is left. */
  kill(): Promise<void> {
    this.isGone = true;
    for (const link of this.peers.values()) link.close();
    for (const { line } of this.lines.values()) line.close();
    this.lines.clear();
    return this.process?.kill() ?? Promise.resolve();
  }

  standStill(isToStop: boolean): void {
    this.process?.standStill(isToStop);
  }

  private begin(): void {
    const { surroundings, port } = this;
    const [program, ...args] = surroundings.command;
    this.process = new ServerProcess(program!, args, {
      said: (line) => {
        surroundings.catchUp();
        if (!this.isGone && TOLD.has(line.kind)) port.milestone(line.kind);
        surroundings.said(port.node, line);
        surroundings.rearm();
      },
      endedByItself: (because) => surroundings.endedByItself(port.node, because),
    });
  }

  private lineOf(client: number, connection: number): Line | null {
    const name = `${client} ${connection}`;
    const now = this.port.trueTime();
    const open = this.lines.get(name);
    this.lines.delete(name);
    // The least used come first.
    for (const [idle, { line, usedAt }] of this.lines) {
      if (now - usedAt < IDLE) break;
      this.lines.delete(idle);
      line.close();
    }
    const line = open?.line ?? this.dial(name, client, connection);
    if (line !== null) this.lines.set(name, { line, usedAt: now });
    return line;
  }

  private dial(name: string, client: number, connection: number): Line | null {
    const { surroundings } = this;
    const address = parseAddress(surroundings.address);
    if (this.isGone || address === null) return null;
    const frames = new FrameSplitter();
    const line = new Line(
      { to: surroundings.host, address, speaker: 'client', keys: null },
      {
        received: (bytes) => {
          surroundings.catchUp();
          frames.push(bytes);
          for (let frame = frames.next(); frame !== null; frame = frames.next())
            this.port.send(client, connection, frame, frame.length);
          surroundings.rearm();
        },
        refused: () => {},
        closed: () => {
          if (this.lines.get(name)?.line === line) this.lines.delete(name);
        },
      },
    );
    return line;
  }
}
