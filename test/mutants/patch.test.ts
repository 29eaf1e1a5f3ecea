import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyChange, type Mutant, readMutant } from '../../sim/mutants/patch.ts';
import { buildPatched } from '../../sim/mutants/patched-build.ts';
import { packageFolder } from '../../src/cli/version.ts';

const PATH = 'src/core/server/serving.ts';

function patch(before: readonly string[], after: readonly string[], path = PATH): string {
  const lines = [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  return [
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${before.length} +1,${after.length} @@`,
    ...lines,
    '',
  ].join('\n');
}

function read(text: string): Mutant {
  const result = readMutant('some.patch', text);
  if (!result.ok) throw new Error(result.reason);
  return result.mutant;
}

describe('A patch', () => {
  test('says what it is in the lines before its first file', () => {
    const text = `M99 Nothing is refused\nenvironments: E1 E4\ncaught by: S5\n\n${patch(['a'], ['b'])}`;
    const { id, title, environments, caughtBy, isEquivalent } = read(text);
    expect({ id, title, environments, caughtBy, isEquivalent }).toEqual({
      id: 'M99',
      title: 'Nothing is refused',
      environments: ['E1', 'E4'],
      caughtBy: ['S5'],
      isEquivalent: false,
    });
  });

  test('that says nothing is known by the name of its file', () => {
    expect(read(patch(['a'], ['b']))).toMatchObject({ id: 'some', title: 'some.patch', caughtBy: [] });
  });

  test('is applied wherever its lines are, whatever numbers it gives', () => {
    const [change] = read(patch(['b'], ['x', 'y'])).changes;
    expect(applyChange(change!, 'a\nb\nc')).toEqual({ source: 'a\nx\ny\nc' });
  });

  test('that fits nowhere or twice is refused, with the place', () => {
    const [change] = read(patch(['b'], ['x'])).changes;
    expect(applyChange(change!, 'a\nc')).toEqual({
      reason: `hunk 1 of ${PATH} is found nowhere in the sources, expected exactly once; it begins with "b"`,
    });
    expect(applyChange(change!, 'b\nb')).toMatchObject({ reason: expect.stringContaining('found 2 times') });
  });

  test.each([
    ['nothing', ''],
    ['no patch', 'hello\n'],
    ['a hunk that ends too soon', '--- a/src/core/x.ts\n+++ b/src/core/x.ts\n@@ -1,3 +1,3 @@\n a\n-b\n'],
    ['the judges', patch(['a'], ['b'], 'properties/tokens.ts')],
    ['a place outside', patch(['a'], ['b'], 'src/core/../../../etc/passwd.ts')],
    ['what is no source', patch(['a'], ['b'], 'src/core/x.json')],
    ['a great deal of text', 'x'.repeat(1_000_001)],
  ])('of %s is refused with a reason', (_, text) => {
    expect(readMutant('x.patch', text)).toMatchObject({ ok: false, reason: expect.any(String) });
  });
});

describe('Each mutant of the list', () => {
  const folder = new URL('properties/mutants/', packageFolder());
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'));

  test('has a number of its own', () => {
    const ids = names.map((name) => name.slice(0, 3));
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('is the whole of which quick.json names some', () => {
    const quick = JSON.parse(readFileSync(new URL('quick.json', folder), 'utf8')) as string[];
    for (const id of quick) expect(names.some((name) => name.startsWith(`${id}-`))).toBe(true);
  });

  test.each(names)('%s fits the sources, and is valid after it', async (name) => {
    const mutant = read(readFileSync(new URL(name, folder), 'utf8'));
    expect(name.startsWith(`${mutant.id}-`)).toBe(true);
    expect(mutant.title).not.toBe(name);
    const build = await buildPatched(mutant, packageFolder());
    expect(build).toMatchObject({ ok: true });
  });
});

test('A patch that makes no TypeScript is refused', async () => {
  const line = 'export function onHello(server: Server, connection: ConnectionId, turn: ServerTurn): void {';
  const build = await buildPatched(read(patch([line], ['export function {'])), packageFolder());
  expect(build).toMatchObject({ ok: false, reason: expect.stringContaining('is no TypeScript') });
});
