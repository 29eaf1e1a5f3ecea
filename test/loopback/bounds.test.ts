import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { stream } from '../../sim/kernel/chance.ts';
import { type Address, parseAddress } from '../../src/node/address.ts';
import {
  farewellBecause,
  type Greeting,
  GreetingReader,
  greetingOf,
  type Speaker,
} from '../../src/wire/greeting.ts';
import { RealPool, type RealServer, until } from './servers.ts';

const CROWD = 3000;
/** Measured: 58 alone, 157 with 9,000 clients in plain text; an encrypted client takes 46 KB. */
const MOST_MEGABYTES = 300;

let pool: RealPool | null = null;
let crowd: Socket[] = [];

afterEach(async () => {
  for (const socket of crowd) socket.destroy();
  crowd = [];
  await pool?.end();
  pool = null;
});

async function started(isEncrypted: boolean): Promise<{ server: RealServer; address: Address }> {
  pool = await RealPool.of(1, 1, isEncrypted);
  const server = pool.start('s1', '--file', pool.licenseFile);
  await server.says('took over');
  return { server, address: parseAddress(pool.addresses.get('s1')!)! };
}

/** So many connect, a few at a time, since the system has a bound of its own on those that wait to be accepted. */
async function come(count: number, address: Address, met: (socket: Socket) => void): Promise<void> {
  for (let come = 0; come < count; ) {
    const some = Math.min(100, count - come);
    come += some;
    await Promise.all(
      Array.from({ length: some }, async () => {
        const socket = connect(address);
        crowd.push(socket);
        socket.on('error', () => {});
        await new Promise((resolve) => {
          socket.once('connect', resolve);
          socket.once('close', resolve);
        });
        met(socket);
      }),
    );
  }
}

function megabytesOf({ child }: RealServer): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
}

function socketsOf({ child }: RealServer): number {
  return readdirSync(`/proc/${child.pid}/fd`).length;
}

test('thousands who say nothing are let go, a thousand at a time, while those who are known are served', async () => {
  const { server, address } = await started(true);
  let most = 0;
  await come(CROWD, address, () => {
    most = Math.max(most, crowd.length % 500 === 0 ? socketsOf(server) : 0);
  });
  const token = await pool!.client().acquire('cad');
  expect(token.held()).toBe(true);
  await token.release();
  expect(most).toBeLessThan(1500);
  expect(megabytesOf(server)).toBeLessThan(MOST_MEGABYTES);
  await until(() => socketsOf(server) < 100);
}, 120_000);

test('of thousands of clients as many are welcome as there is room for, the others are told; a server comes in all the same', async () => {
  const { server, address } = await started(false);
  const answers = new Map<string, number>();
  const greet =
    (speaker: Speaker) =>
    (socket: Socket): void => {
      const reader = new GreetingReader();
      socket.write(greetingOf(speaker));
      socket.on('data', (bytes) => {
        // Signs of life may follow.
        if (reader.push(bytes as Buffer) === 0) return;
        const said = `${speaker}: ${(reader.greeting as Greeting | null)?.kind}`;
        answers.set(said, (answers.get(said) ?? 0) + 1);
      });
    };
  await come(9200, address, greet('client'));
  await come(1, address, greet('server'));
  await until(() => [...answers.values()].reduce((sum, count) => sum + count, 0) === 9201);
  expect(Object.fromEntries(answers)).toEqual({
    'client: welcome': 9000,
    'client: farewell': 200,
    'server: welcome': 1,
  });
  expect(megabytesOf(server)).toBeLessThan(MOST_MEGABYTES);
}, 120_000);

test('bytes that nobody meant do a server no harm, and do not fill its log', async () => {
  const { server, address } = await started(false);
  const chance = stream(1, 'sockets');
  const begin = [greetingOf('client'), greetingOf('operator'), greetingOf('server'), new Uint8Array(0)];
  for (let i = 0; i < 600; i++) {
    const bytes = Buffer.alloc(chance.below(300));
    for (let at = 0; at < bytes.length; at++) bytes[at] = chance.below(256);
    // Half of them as a frame that is far from whole: a length, and what seems to begin.
    if (bytes.length >= 4 && chance.below(2) === 0) bytes.writeUInt32LE(chance.between(6, 5000));
    await come(1, address, (socket) => {
      socket.write(begin[chance.below(begin.length)]!);
      socket.end(bytes);
    });
  }
  const token = await pool!.client().acquire('cad');
  await token.release();
  expect(server.lines.filter(({ kind }) => kind === 'turned away').length).toBeLessThanOrEqual(100);
  expect(await Promise.race([server.ended, 'it runs'])).toBe('it runs');
}, 60_000);

test('who sends half a greeting, or does not go when it is told, is cut off in time', async () => {
  const { address } = await started(false);
  const ended: number[] = [];
  const began = Date.now();
  const late = (socket: Socket) => socket.once('close', () => ended.push(Date.now() - began));
  await come(1, address, (socket) => {
    late(socket.resume());
    socket.write(greetingOf('client').subarray(0, 5));
    const drip = setInterval(() => socket.destroyed || socket.write(Uint8Array.of()), 500);
    socket.once('close', () => clearInterval(drip));
  });
  await come(1, address, (socket) => {
    late(socket.resume());
    socket.write(farewellBecause('expired'));
  });
  await until(() => ended.length === 2);
  expect(Math.max(...ended)).toBeGreaterThan(2500);
  expect(Math.max(...ended)).toBeLessThan(10_000);
}, 60_000);
