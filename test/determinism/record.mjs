// Runs seeds of the compiled simulator and writes down every event of every run, for another process to compare. As a
// program: record.mjs <file> <seed> <seed> … ; as a worker thread: the same with `argv`.

import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { Trace } from '../../dist/sim/kernel/trace.js';
import { scenarioOf } from '../../dist/sim/scenario/arbitrary.js';
import { simulate } from '../../dist/sim/simulate.js';

const RECORD_BYTES = 32;

/** Seed, events, bytes of the outcome; the outcome as JSON; the events. Little-endian; recording.ts reads it. */
function recordingOf(seed) {
  const trace = new Trace('all');
  const outcome = new TextEncoder().encode(JSON.stringify(simulate(scenarioOf(seed), { trace })));
  const bytes = new Uint8Array(16 + outcome.length + trace.length * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, seed, true);
  view.setUint32(8, trace.length, true);
  view.setUint32(12, outcome.length, true);
  bytes.set(outcome, 16);
  let at = 16 + outcome.length;
  for (const { at: time, kind, from, to, length, digest } of trace.list()) {
    view.setFloat64(at, time, true);
    view.setInt32(at + 8, kind, true);
    view.setInt32(at + 12, from, true);
    view.setInt32(at + 16, to, true);
    view.setInt32(at + 20, length, true);
    view.setBigUint64(at + 24, BigInt(`0x${digest}`), true);
    at += RECORD_BYTES;
  }
  return bytes;
}

const [, , file, ...seeds] = argv;
writeFileSync(file, Buffer.concat(seeds.map((seed) => recordingOf(Number(seed)))));
