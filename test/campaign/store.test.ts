import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepFailure, scenarioPath, whyNotWritable } from '../../sim/campaign/store.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a failure is kept under its signature, and replaces an earlier one whole', () => {
  keepFailure(folder, 'S5-00000000', { 'scenario.json': 'old', 'README.md': 'old' });
  keepFailure(folder, 'S5-00000000', { 'scenario.json': 'new', 'README.md': 'new' });
  const path = scenarioPath(folder, 'S5-00000000');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(dirname(path)).sort()).toEqual(['README.md', 'scenario.json']);
  expect(readdirSync(join(folder, 'failures'))).toEqual(['S5-00000000']);
});

test('whether a folder can be written is found out without leaving anything behind', () => {
  expect(whyNotWritable(join(folder, 'a', 'b'))).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'file'), '');
  expect(whyNotWritable(join(folder, 'file', 'b'))).toMatch(/file is not a folder/);
});
