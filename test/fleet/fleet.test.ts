// Campaigns that many machines run: here as processes, around a Redis of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runBatch } from '../../sim/campaign/batch.ts';
import { jobFor, jobId, parseJob, parseResult, queueName } from '../../sim/fleet/job.ts';
import { parseQueueAddress } from '../../sim/fleet/redis.ts';
import { pretend } from '../campaign/pretend.ts';
import { expectOneLineRefusal, MAIN, type Ran, runIn } from '../sim-program.ts';
import { hasRedis, needsRedis, RedisServer } from './redis-server.ts';

/** What is measured by the clock on the wall left out, to the byte. */
function summaryOf({ status, stdout }: Ran): string {
  expect(status).toBe(0);
  const { wallSeconds: _, eventsPerSecond: __, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
  return JSON.stringify(rest);
}

function ended(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done) => child.on('close', (status) => done({ status, stdout, stderr })));
}

const IDENTITY = { build: 'regency 1, build 00000000', strategy: 'random', environment: null } as const;

test('a job is told by all that its result hangs on', () => {
  const job = jobFor(IDENTITY, { first: 101, count: 100 });
  expect(parseJob(JSON.parse(JSON.stringify(job)), IDENTITY.build)).toEqual({ ok: true, value: job });
  const ids = [
    job,
    { ...job, first: 201 },
    { ...job, count: 50 },
    { ...job, environment: 'E3' as const },
    { ...job, strategy: 'pct' as const },
  ].map(jobId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(queueName('a')).not.toBe(queueName('b'));
  // What a queue of jobs can hold as an id.
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9-]+$/);
});

test('a job that is none, or of another build, is refused', () => {
  const job = jobFor(IDENTITY, { first: 1, count: 100 });
  const hostile = [
    null,
    'seeds',
    {},
    { ...job, count: 101 },
    { ...job, count: 1e9 },
    { ...job, first: -1 },
    { ...job, first: 2 ** 60 },
    { ...job, strategy: 'guided' },
    { ...job, environment: 'E99' },
    { ...job, more: 1 },
  ];
  for (const value of hostile) expect(parseJob(value, IDENTITY.build).ok).toBe(false);
  expect(parseJob(job, 'regency 1, build 11111111')).toEqual({
    ok: false,
    reason: 'the batch is of regency 1, build 00000000, this is regency 1, build 11111111',
  });
});

test('a result counts when it is of all seeds of its batch, and of no others', () => {
  const seeds = { first: 101, count: 100 };
  const tally = runBatch(pretend, seeds);
  const sent = JSON.parse(JSON.stringify(tally)) as typeof tally;
  expect(Object.keys(sent.findings).length).toBeGreaterThan(1);
  expect(parseResult(sent, seeds)).toEqual({ ok: true, value: tally });
  expect(parseResult(sent, { first: 201, count: 100 }).ok).toBe(false);
  expect(parseResult({ ...sent, seeds: 99 }, seeds).ok).toBe(false);
  expect(parseResult({ ...sent, failedSeeds: 101 }, seeds).ok).toBe(false);
  expect(parseResult({ ...sent, digest: 'x' }, seeds).ok).toBe(false);
  expect(parseResult({ ...sent, findings: { '../../x': {} } }, seeds).ok).toBe(false);
});

test('the password of a queue is in nothing that is said', () => {
  const address = parseQueueAddress('rediss://me:s%65cret@[::1]:7000/3');
  expect(address).toMatchObject({ host: '::1', port: 7000, database: 3, username: 'me', password: 'secret' });
  expect(address?.shown).toBe('rediss://[::1]:7000/3');
  expect(parseQueueAddress('redis://far', 'other')).toMatchObject({ port: 6379, password: 'other' });
  for (const text of ['far', 'http://far', 'redis://', 'redis://far/x', 'redis://far?db=1', 'redis://:%@far'])
    expect(parseQueueAddress(text)).toBeNull();
  for (const queue of ['redis://:secret@127.0.0.1:1', 'http://:secret@far']) {
    const ran = runIn('.', 'worker', '--queue', queue);
    expectOneLineRefusal(
      ran,
      /^regency-sim: (cannot use Redis at redis:\/\/127\.0\.0\.1:1\/0: |--queue is no )/,
    );
    expect(ran.stderr).not.toContain('secret');
  }
});

describe.skipIf(!hasRedis)(`around a Redis${needsRedis}`, () => {
  const WORDS = ['campaign', '--strategy', 'drill', '--seeds', '1..105', '--out', 'same', '--json', '-'];
  let folder = '';
  let redis: RedisServer;
  let expected = '';
  const members: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'regency-fleet-'));
    redis = await RedisServer.begin();
    expected = summaryOf(await ended(begin(...WORDS, '--workers', '1')));
  });
  afterEach(async () => {
    for (const member of members.splice(0)) member.kill('SIGKILL');
    rmSync(join(folder, 'same'), { recursive: true, force: true });
    const client = redis.client();
    await client.flushall();
    client.disconnect();
  });
  afterAll(async () => {
    await redis.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function begin(...words: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder });
    members.push(child);
    return child;
  }

  function worker(): ChildProcess {
    return begin('worker', '--queue', redis.url, '--workers', '1');
  }

  /** Ids of processes that have a batch, once there is one. */
  async function atWork(): Promise<number[]> {
    const client = redis.client();
    try {
      for (;;) {
        const [list = 'none'] = await client.keys('regency:campaign-*:active');
        const ids = await client.lrange(list, 0, -1);
        const names = await Promise.all(ids.map((id) => client.hget(list.replace('active', id), 'pb')));
        const known = names.flatMap((name) => (name === null ? [] : [Number(/\d+$/.exec(name)?.[0])]));
        if (known.length > 0) return known;
        await new Promise((done) => setTimeout(done, 20));
      }
    } finally {
      client.disconnect();
    }
  }

  test('a fleet of which one is killed at work reports what one worker reports', async () => {
    for (let started = 0; started < 3; started++) worker();
    const campaign = ended(begin(...WORDS, '--queue', redis.url));
    const [victim] = await atWork();
    process.kill(victim!, 'SIGKILL');
    const ran = await campaign;
    expect(summaryOf(ran)).toBe(expected);
    expect(ran.stderr).toMatch(/^worker .*-\d+ has run its first batch$/m);
  });

  test('a Redis that dies in the middle and forgets everything costs time and nothing else', async () => {
    const campaign = ended(begin(...WORDS, '--queue', redis.url));
    worker();
    await atWork();
    await redis.kill();
    await redis.start();
    const ran = await campaign;
    expect(ran.stderr).toMatch(/^lost Redis at redis:\/\/127\.0\.0\.1:\d+\/0; waiting for it$/m);
    expect(summaryOf(ran)).toBe(expected);
  });

  test('a worker of another build than the campaigns there is refused', async () => {
    const client = redis.client();
    await client.zadd('regency:builds', Math.ceil(Date.now() / 1000) + 60, IDENTITY.build);
    client.disconnect();
    expectOneLineRefusal(
      await ended(worker()),
      /the campaign there is of regency 1, build 00000000, this is regency .*, build [0-9a-f]{8}; install the same build/,
    );
  });
});
