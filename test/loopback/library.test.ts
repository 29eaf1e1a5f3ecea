// What is given to people to begin with: the package for programs, and the examples of how a server is run.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// By the name of the package, as a program has it; of the types nothing is left when this runs.
import type { LicensePool, Token } from 'regency';
import { afterEach, expect, test } from 'vitest';
import { PROGRAM, RealPool } from './servers.ts';

let pool: RealPool | null = null;

afterEach(async () => {
  await pool?.end();
  pool = null;
});

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

test('the example of a program takes a token of a real pool, and README shows that very program', async () => {
  const text = readFileSync(example('take-a-token.mjs'), 'utf8');
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(
    `\`\`\`js\n${text}\`\`\`\n`,
  );
  pool = await RealPool.of(1, 1);
  await pool.start('s1', '--file', pool.licenseFile).says('took over');
  const take = () =>
    new Promise<string[]>((done) => {
      const words = [example('take-a-token.mjs'), pool!.addresses.get('s1')!];
      execFile(process.execPath, words, { cwd: pool!.folder }, (error, out, err) =>
        done([String(error?.code ?? 0), out, err]),
      );
    });
  expect(await take()).toEqual(['0', 'granted by s1\nat work\nheld: false\n', '']);
  const library: Pick<LicensePool, 'acquire' | 'close'> = pool.client();
  const token: Token = await library.acquire('cad');
  expect(await take()).toEqual(['1', '', expect.stringMatching(/^no license: LS_NOLICENSESAVAILABLE/)]);
  await token.release();
  await library.close();
}, 60_000);

test('what the unit and the container start is a command that there is', async () => {
  const unit = /^ExecStart=\/usr\/bin\/regency (.*)$/m.exec(
    readFileSync(example('regency.service'), 'utf8'),
  )?.[1];
  const container = /^CMD (\[.*\])$/m.exec(readFileSync(example('Containerfile'), 'utf8'))?.[1];
  const help = await new Promise<string>((done) => {
    execFile(process.execPath, [PROGRAM, 'serve', '--help'], (_, out) => done(out));
  });
  for (const words of [unit!.split(' '), JSON.parse(container!) as string[]]) {
    expect(words[0]).toBe('serve');
    const options = words.filter((word) => word.startsWith('--'));
    expect(options.length).toBeGreaterThan(3);
    for (const option of options) expect(help).toMatch(new RegExp(`^ +${option}\\b`, 'm'));
  }
}, 30_000);
