// Bytes that nobody meant: random ones, and frames of real conversations with bytes changed, cut out, doubled and spliced, some
// with their length and checksum put right again, in chunks of any size. Whatever they are, a server refuses or takes each, throws
// nothing, and serves afterwards. Same seed, same bytes.

import { assert } from '../../src/core/assert.ts';
import { handleFrom } from '../../src/core/ids.ts';
import { licenseKey } from '../../src/core/license.ts';
import type { CivilTime, Stamp } from '../../src/core/time.ts';
import type { ServerProcess } from '../../src/process/server-process.ts';
import { crc32c } from '../../src/wire/crc32c.ts';
import { Decoder, Encoder, type Message } from '../../src/wire/frame.ts';
import { FrameSplitter } from '../../src/wire/frame-splitter.ts';
import { GreetingReader, greetingOf, welcomeWith } from '../../src/wire/greeting.ts';
import { type Chance, stream } from '../kernel/chance.ts';
import { SmallPool } from './small-pool.ts';

/** As long as a pool lives before it is looked at whether it serves, and another one begins. */
const FRAMES_PER_POOL = 20_000;
const FRAMES_PER_STEP = 50;
const MOST_RANDOM_BYTES = 200;
/** Of a client's or operator's connection. */
const MOST_FRAME_BYTES = 4096;

export interface Fuzzed {
  frames: number;
  /** Those that were messages after all. */
  taken: number;
  refused: number;
  /** Streams that were broken beyond repair, or no greeting. */
  broken: number;
}

/** Throws what a server throws, with the seed and the frame at which it did. */
export function fuzz(seed: number, frames: number): Fuzzed {
  const counts: Fuzzed = { frames: 0, taken: 0, refused: 0, broken: 0 };
  for (let round = 0; counts.frames < frames; round++) {
    const chance = stream(seed, `fuzz ${round}`);
    const pool = new SmallPool(stream(seed, `pool ${round}`));
    assert(pool.serves(), 'a pool that nobody disturbs serves');
    const attack = new Attack(chance, pool, counts);
    const until = Math.min(frames, counts.frames + FRAMES_PER_POOL);
    while (counts.frames < until) {
      try {
        attack.send();
      } catch (error) {
        const { stack } = error as Error;
        throw new Error(`seed ${seed}, frame ${counts.frames}: ${stack}`, { cause: error });
      }
      if (counts.frames % FRAMES_PER_STEP === 0) pool.step();
    }
    assert(pool.serves(), 'a pool serves after whatever it was sent');
  }
  return counts;
}

class Attack {
  private readonly chance: Chance;
  private readonly pool: SmallPool;
  private readonly counts: Fuzzed;
  private readonly fromClients: readonly Uint8Array[];
  private readonly fromOperators: readonly Uint8Array[];
  private readonly decoder = new Decoder();
  private splitter = new FrameSplitter(MOST_FRAME_BYTES);

  constructor(chance: Chance, pool: SmallPool, counts: Fuzzed) {
    this.chance = chance;
    this.pool = pool;
    this.counts = counts;
    this.fromClients = clientMessages(pool, chance).map(frameOf);
    this.fromOperators = operatorMessages(pool).map(frameOf);
  }

  send(): void {
    const { chance } = this;
    const server = this.pool.servers[chance.below(3)]!;
    this.counts.frames++;
    switch (chance.below(4)) {
      case 0:
        this.sendToServer(server);
        break;
      case 1:
        this.pour(
          this.distorted(this.fromOperators),
          (frame) => server.onOperatorFrame(2, frame, frame.length),
          server,
        );
        break;
      case 2:
        this.greet();
        break;
      default:
        this.pour(
          this.distorted(this.fromClients),
          (frame) => server.onClientFrame(2, frame, frame.length),
          server,
        );
    }
  }

  /**
   * A server that has the keys of one is believed what it says, so what is a message after all is decoded and not obeyed: it
   * would be a lie that no server tells.
   */
  private sendToServer(server: ServerProcess): void {
    const said = [...this.pool.said.values()].flat();
    const bytes = this.distorted(said);
    if (this.decoder.server(bytes, 0, bytes.length) !== null) {
      this.counts.taken++;
      return;
    }
    this.counts.refused++;
    server.onServerFrame(bytes, bytes.length);
  }

  /** As a socket gives them: in chunks that have nothing to do with frames. */
  private pour(bytes: Uint8Array, give: (frame: Uint8Array) => void, server: ServerProcess): void {
    for (let at = 0; at < bytes.length; ) {
      const length = this.chance.between(1, 64);
      this.splitter.push(bytes.subarray(at, at + length));
      at += length;
      for (let frame = this.splitter.next(); frame !== null; frame = this.splitter.next()) {
        const refused = server.refusedFrames;
        give(frame);
        if (server.refusedFrames > refused) {
          this.counts.refused++;
          this.splitter = new FrameSplitter(MOST_FRAME_BYTES);
          return;
        }
        this.counts.taken++;
      }
      if (this.splitter.reason !== '') {
        this.counts.broken++;
        this.splitter = new FrameSplitter(MOST_FRAME_BYTES);
        return;
      }
    }
  }

  private greet(): void {
    const greetings = [
      greetingOf('client'),
      greetingOf('server'),
      welcomeWith(new Map([['s1', '10.0.0.1:1']])),
    ];
    const bytes = this.distorted(greetings);
    const reader = new GreetingReader();
    const used = reader.push(bytes);
    assert(used <= bytes.length, 'no more is read than there is');
    if (reader.greeting === null || reader.greeting.kind === 'a stranger') this.counts.broken++;
    else this.counts.taken++;
  }

  private distorted(frames: readonly Uint8Array[]): Uint8Array {
    const { chance } = this;
    if (frames.length === 0 || chance.below(10) === 0) return this.random();
    let bytes: Uint8Array = frames[chance.below(frames.length)]!.slice();
    for (let times = chance.below(4); times > 0; times--) bytes = this.changed(bytes, frames);
    if (chance.below(2) === 0) repair(bytes);
    return bytes;
  }

  private changed(bytes: Uint8Array, frames: readonly Uint8Array[]): Uint8Array {
    const { chance } = this;
    const from = chance.below(bytes.length + 1);
    const to = chance.between(from, bytes.length);
    switch (chance.below(5)) {
      case 0:
        return bytes.slice(0, from);
      case 1:
        return joined(bytes.subarray(0, from), bytes.subarray(to));
      case 2:
        return joined(bytes.subarray(0, to), bytes.subarray(from));
      case 3: {
        const other = frames[chance.below(frames.length)]!;
        return joined(bytes.subarray(0, from), other.subarray(Math.min(from, other.length)));
      }
      default:
        if (from < bytes.length) bytes[from] = EDGES[chance.below(EDGES.length)] ?? chance.below(256);
        return bytes;
    }
  }

  private random(): Uint8Array {
    const bytes = new Uint8Array(this.chance.below(MOST_RANDOM_BYTES));
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.chance.below(256);
    return bytes;
  }
}

/** What is likely to be at the edge of something, and in one case of six anything. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, undefined];

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Length and checksum fit what is between them. */
function repair(bytes: Uint8Array): void {
  if (bytes.length < 10) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(0, bytes.length - 4, true);
  view.setUint32(bytes.length - 4, crc32c(bytes, 0, bytes.length - 4), true);
}

function frameOf(message: Message): Uint8Array {
  const encoder = new Encoder();
  const length = encoder.encode(message);
  return encoder.bytes.slice(0, length);
}

function clientMessages(pool: SmallPool, chance: Chance): Message[] {
  const role = pool.leader?.server.role;
  const call = {
    kind: 'call',
    handle: handleFrom(chance.uint32(), chance.uint32(), chance.uint32(), chance.uint32()),
    key: licenseKey('cad', ''),
    units: 1,
    attempt: 1,
    owner: 'desk-7',
    moved: false,
    term: role?.kind === 'leader' ? role.term : 0,
    stamp: pool.now as number as Stamp,
    fileVersion: 1,
  } as const;
  const kinds = ['request', 'update', 'release', 'status'] as const;
  return [{ kind: 'hello' }, ...kinds.map((kind) => ({ ...call, call: kind }))];
}

/** None that a server of this boot would obey: to re-form a pool, or to leave office, is what orders are for. */
function operatorMessages(pool: SmallPool): Message[] {
  const order = { kind: 'order', incarnation: 1, stamp: pool.now as number as Stamp } as const;
  return [
    { kind: 'inspect' },
    { ...order, order: { kind: 'lower-mark', to: 0 as CivilTime } },
    { ...order, order: { kind: 're-form', servers: ['s1', 's2'] } },
    { ...order, order: { kind: 'promote' } },
    { ...order, order: { kind: 'restored' } },
    { ...order, order: { kind: 'stand-down' } },
  ];
}
