// A pool of three servers that nothing happens to: processes as they are shipped, a bus, disks that take no time, one clock. For
// tests of what bytes from outside do to a server; nothing is judged here but that it still serves.

import { assert } from '../../src/core/assert.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { type ConnectionId, type Host, handleFrom } from '../../src/core/ids.ts';
import { licenseKey } from '../../src/core/license.ts';
import { encodeText } from '../../src/core/pool-file-text.ts';
import { USUAL_FOUNDING } from '../../src/core/server/state.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type CivilTime, type Instant, milliseconds, NEVER } from '../../src/core/time.ts';
import type { ServerOutside } from '../../src/process/outside.ts';
import { bootProcess, type ServerProcess } from '../../src/process/server-process.ts';
import { LICENSE_FILE } from '../../src/storage/file-names.ts';
import { DEFAULT_LOG_LIMIT } from '../../src/storage/journal.ts';
import type { Message } from '../../src/wire/frame.ts';
import { Decoder, Encoder } from '../../src/wire/frame.ts';
import type { Chance } from '../kernel/chance.ts';

const HOSTS: readonly Host[] = ['s1', 's2', 's3'];
const FILE = `regency pool file 1
pool small
version 1
${HOSTS.map((host) => `server ${host}\n`).join('')}
license serial=CAD-1 feature=cad hard-limit=15 key-lifetime=60s
`;
const BEGAN = Date.UTC(2026, 0, 1);
const STEP = milliseconds(20);
const MOST_STEPS = 5000;
/** The only connection whose answers are looked at. */
const ASKING = 1;

class Place implements ServerOutside {
  process!: ServerProcess;
  wakesAt: Instant = NEVER;
  commits = 0;
  private readonly pool: SmallPool;

  constructor(pool: SmallPool) {
    this.pool = pool;
  }

  now(): Instant {
    return this.pool.now;
  }

  wall(): CivilTime {
    return (BEGAN + Math.floor(this.pool.now / 1000)) as CivilTime;
  }

  random(): number {
    return this.pool.chance.uint32();
  }

  wakeAt(at: Instant): void {
    this.wakesAt = at;
  }

  send(to: Host, bytes: Uint8Array, length: number): void {
    this.pool.carry(to, bytes.slice(0, length));
  }

  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    if (connection === ASKING) this.pool.replies.push(bytes.slice(0, length));
  }

  commit(): void {
    this.commits++;
  }

  objectionTo(): null {
    return null;
  }

  note(): void {}
}

export class SmallPool {
  now = milliseconds(1_000_000) as number as Instant;
  readonly chance: Chance;
  readonly replies: Uint8Array[] = [];
  /** What the servers said to each other: the last frames of each kind. */
  readonly said = new Map<number, Uint8Array[]>();
  private readonly places = new Map<Host, Place>();
  private bus: { readonly to: Host; readonly frame: Uint8Array }[] = [];

  constructor(chance: Chance) {
    this.chance = chance;
    const founding = { ...USUAL_FOUNDING, isFirstInstallation: true };
    const files = new Map([[LICENSE_FILE, encodeText(FILE)]]);
    for (const host of HOSTS) {
      const place = new Place(this);
      const configuration = { host, settings: DEFAULT_SETTINGS, logLimit: DEFAULT_LOG_LIMIT, founding };
      place.process = bootProcess(configuration, files, place, null);
      this.places.set(host, place);
    }
    for (const { process } of this.places.values()) process.start();
  }

  get servers(): ServerProcess[] {
    return [...this.places.values()].map(({ process }) => process);
  }

  /** The active Leader; null = there is none. */
  get leader(): ServerProcess | null {
    const leads = ({ server }: ServerProcess): boolean =>
      server.role.kind === 'leader' && server.role.isActive;
    return this.servers.find(leads) ?? null;
  }

  carry(to: Host, frame: Uint8Array): void {
    this.bus.push({ to, frame });
    const tag = frame[5]!;
    const kept = this.said.get(tag) ?? [];
    this.said.set(tag, [...kept.slice(-7), frame]);
  }

  /** A little time passes. */
  step(): void {
    this.now = (this.now + STEP) as Instant;
    for (const place of this.places.values()) if (place.wakesAt <= this.now) place.process.onWake();
    while (this.bus.length > 0 || [...this.places.values()].some(({ commits }) => commits > 0)) {
      for (const place of this.places.values()) {
        for (; place.commits > 0; place.commits--) place.process.onCommitted();
      }
      const frames = this.bus;
      this.bus = [];
      for (const { to, frame } of frames) this.places.get(to)?.process.onServerFrame(frame, frame.length);
    }
  }

  /** There comes a Leader that grants a token and takes it back, at the latest when all that are out have lapsed. */
  serves(): boolean {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      this.step();
      const { leader } = this;
      if (leader !== null && this.grants(leader)) return true;
    }
    return false;
  }

  private grants(leader: ServerProcess): boolean {
    const hello = this.ask(leader, { kind: 'hello' });
    if (hello?.kind !== 'hello-reply' || hello.term === 0) return false;
    const [a, b, c, d] = [1, 2, 3, 4].map(() => this.chance.uint32());
    const handle = handleFrom(a!, b!, c!, d!);
    const call = {
      kind: 'call',
      handle,
      key: licenseKey('cad', ''),
      units: 1,
      attempt: 1,
      owner: 'desk',
      moved: false,
      term: hello.term,
      stamp: hello.stamp,
      fileVersion: 1,
    } as const;
    const granted = this.ask(leader, { ...call, call: 'request' });
    const released = this.ask(leader, { ...call, call: 'release', attempt: 2 });
    return [granted, released].every((answer) => answer?.kind === 'answer' && answer.code === LS_SUCCESS);
  }

  private ask(server: ServerProcess, message: Message) {
    const encoder = new Encoder();
    const length = encoder.encode(message);
    this.replies.length = 0;
    server.onClientFrame(ASKING, encoder.bytes, length);
    for (let steps = 0; steps < 50 && this.replies.length === 0; steps++) this.step();
    const [reply] = this.replies;
    if (reply === undefined) return null;
    const decoded = new Decoder().reply(reply, 0, reply.length);
    assert(decoded !== null, 'an answer can be read');
    return decoded;
  }
}
