// One test for each clause of PROTOCOL.md that is not planned; the files in test/protocol hold them, by section. What the
// protocol says and what is tested cannot drift apart: a clause without a test, or a test without its clause, fails here.

import { expect, test } from 'vitest';
import { testedClauses, writtenClauses } from './protocol/clause.ts';
import './protocol/requirements.ts';
import './protocol/formation.ts';
import './protocol/readmission.ts';
import './protocol/restored-images.ts';
import './protocol/state.ts';
import './protocol/serving.ts';
import './protocol/leading.ts';
import './protocol/holding.ts';
import './protocol/pool-time.ts';
import './protocol/license-file.ts';
import './protocol/membership.ts';
import './protocol/standing.ts';
import './protocol/transport.ts';

const written = writtenClauses();

test('PROTOCOL.md gives no number twice', () => {
  const numbers = written.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)]);
});

test('every clause that is not planned has a test', () => {
  const untested = written.filter(({ number, isPlanned }) => !isPlanned && !testedClauses().has(number));
  expect(untested.map(({ number, text }) => `${number} ${text}`)).toEqual([]);
});

test('every test is of a clause that PROTOCOL.md has and that is not planned', () => {
  const inForce = new Set(written.filter(({ isPlanned }) => !isPlanned).map(({ number }) => number));
  expect([...testedClauses()].filter((number) => !inForce.has(number))).toEqual([]);
});
