// The program as a process of its own, as it was built: `npm run build` comes first.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const folder = fileURLToPath(new URL('../fixtures/pool-files', import.meta.url));

/** Runs `regency` in the folder of the fixtures. */
function regency(words: string[], input = '', environment: Record<string, string> = {}): Promise<Ran> {
  return new Promise((done) => {
    const env = { ...process.env, FORCE_COLOR: undefined, ...environment };
    const child = execFile(process.execPath, [program, ...words], { cwd: folder, env }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.on('error', () => {}).end(input);
  });
}

function fixture(name: string): string {
  return readFileSync(`${folder}/${name}`, 'utf8');
}

describe('regency', () => {
  it('shows help with examples, and the version of the package', async () => {
    const help = await regency(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('Usage: regency');
    expect(help.out).toContain('$ regency rlf check lservrlf');
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await regency(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('shows its help on standard error, and fails, when no command is given', async () => {
    const ran = await regency([]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('Usage: regency');
  });

  const refusals: [words: string[], line: string][] = [
    [['rfl', 'check'], "regency: unknown command 'rfl' (Did you mean rlf?)"],
    [['rlf', 'chek'], "regency: unknown command 'chek' (Did you mean check?)"],
    [['rlf', 'check', '--jsn', 'x'], "regency: unknown option '--jsn' (Did you mean --json?)"],
    [['rlf', 'check'], "regency: missing required argument 'file'"],
    [['rlf', 'check', 'a', 'b'], "regency: too many arguments for 'check'. Expected 1 argument but got 2."],
    [['rlf', 'check', 'nowhere'], 'regency: cannot read nowhere: there is no such file'],
    [['rlf', 'check', '.'], 'regency: cannot read .: it is a folder'],
  ];
  for (const [words, line] of refusals) {
    it(`refuses in one line, with code 2: ${['regency', ...words].join(' ')}`, async () => {
      expect(await regency(words)).toEqual({ code: 2, out: '', err: `${line}\n` });
    });
  }
});

describe('regency rlf check', () => {
  it('sums up a pool file: name, version, hash, servers in order of preference, licenses', async () => {
    const ran = await regency(['rlf', 'check', 'cad-lab.lservrlf']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toBe(fixture('cad-lab.summary.txt'));
    const hash = createHash('sha256').update(fixture('cad-lab.lservrlf')).digest('hex');
    expect(ran.out).toContain(`hash ${hash}\n`);
  });

  it('reads standard input when it is given -', async () => {
    const ran = await regency(['rlf', 'check', '-'], fixture('cad-lab.lservrlf'));
    expect(ran).toEqual({ code: 0, out: fixture('cad-lab.summary.txt'), err: '' });
  });

  it('shows every complaint with its place, the line and a caret below it', async () => {
    const ran = await regency(['rlf', 'check', 'many-mistakes.lservrlf']);
    expect(ran).toMatchObject({ code: 1, out: '' });
    const blocks = ran.err.trimEnd().split(/\n(?=many-mistakes)/);
    const complaints = fixture('many-mistakes.complaints.txt').trimEnd().split('\n');
    expect(blocks.map((block) => block.split('\n')[0])).toEqual(
      complaints.map((complaint) => `many-mistakes.lservrlf:${complaint}`),
    );
    const lines = fixture('many-mistakes.lservrlf').split('\n');
    for (const block of blocks) {
      const [place, line, caret] = block.split('\n') as [string, string, string];
      const [, number, column] = place.split(':').map(Number);
      expect(line.slice(8)).toBe(lines[number! - 1]);
      expect(caret.slice(8)).toBe(`${' '.repeat(column! - 1)}^`);
    }
  });

  it('complains of bytes that are not UTF-8, by line and column', async () => {
    const { code, err } = await regency(['rlf', 'check', 'latin-1.lservrlf']);
    expect(code).toBe(1);
    expect(err).toBe(
      [
        'latin-1.lservrlf:5:15: expected UTF-8, seen the byte 0xe9 at offset 54',
        '    5 | server a # caf\ufffd',
        '      |               ^',
        '',
      ].join('\n'),
    );
  });

  it('prints one JSON object for a file that is in order', async () => {
    const ran = await regency(['rlf', 'check', '--json', 'pool-of-four.lservrlf']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ran.out)).toEqual({
      schema: 'regency/rlf-check@1',
      file: 'pool-of-four.lservrlf',
      ok: true,
      hash: createHash('sha256').update(fixture('pool-of-four.lservrlf')).digest('hex'),
      warnings: ['4 servers survive the loss of 1, as 3 do: take an odd number'],
      pool: {
        name: 'four',
        version: 1,
        servers: ['a', 'b', 'c', 'd'].map((host, i) => ({
          preference: i + 1,
          host,
          address: `${host}:5093`,
        })),
        licenses: [],
      },
    });
    const { pool } = JSON.parse((await regency(['rlf', 'check', '--json', 'cad-lab.lservrlf'])).out);
    expect(pool.licenses[0]).toEqual({
      serial: 'CAD-2027',
      feature: 'cad',
      version: '2.1',
      hardLimit: 15,
      softLimit: 12,
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2027-01-31T00:00:00.000Z',
      keyLifetimeMs: 300_000,
      isTamperChecked: true,
      signature: null,
    });
  });

  it('prints one JSON object for a file with complaints', async () => {
    const ran = await regency(['rlf', 'check', '--json', 'newer-format.lservrlf']);
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(ran.out)).toEqual({
      schema: 'regency/rlf-check@1',
      file: 'newer-format.lservrlf',
      ok: false,
      complaints: [{ line: 1, column: 19, expected: 'the format line "regency pool file 1"', seen: '"2"' }],
    });
  });

  it('warns of an even number of servers and of a pool of two, and takes them', async () => {
    const four = await regency(['rlf', 'check', 'pool-of-four.lservrlf']);
    expect(four.code).toBe(0);
    expect(four.err).toBe(
      'pool-of-four.lservrlf: warning: 4 servers survive the loss of 1, as 3 do: take an odd number\n',
    );
    const two = await regency(['rlf', 'check', 'pool-of-two.lservrlf']);
    expect(two.code).toBe(0);
    expect(two.err).toContain('pool-of-two.lservrlf: warning: a pool of two is in safe mode');
    expect(two.err).toContain('VLS_MAJORITY_RULE_FAILURE (63)');
  });

  it('names VLS_POOL_FULL (60) when there are more than eleven servers', async () => {
    const { code, err } = await regency(['rlf', 'check', 'twelve-servers.lservrlf']);
    expect(code).toBe(1);
    expect(err).toContain('twelve-servers.lservrlf:17:1: expected at most 11 servers: VLS_POOL_FULL (60)');
  });

  it('colours nothing when NO_COLOR is set, and something when colour is forced', async () => {
    const forced = await regency(['rlf', 'check', 'many-mistakes.lservrlf'], '', { FORCE_COLOR: '1' });
    expect(forced.err).toContain('\u001b[');
    const plain = await regency(['rlf', 'check', 'many-mistakes.lservrlf'], '', { NO_COLOR: '1' });
    expect(plain.err).not.toContain('\u001b[');
  });

  it('shows nothing of a file that a terminal would obey', async () => {
    const { code, err } = await regency(
      ['rlf', 'check', '-'],
      'regency pool file 1\n\u001b[2J\u0007 server\n',
    );
    expect(code).toBe(1);
    expect(err).toContain('seen U+001B');
    expect(err).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('stops reading what is too long, be it endless', async () => {
    const child = spawn(process.execPath, [program, 'rlf', 'check', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const line = 'x'.repeat(2 ** 16);
    child.stdin.on('error', () => {});
    const feed = () => {
      while (child.stdin.writable && child.stdin.write(line)) {}
    };
    child.stdin.on('drain', feed);
    feed();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const code = await new Promise((done) => child.on('close', done));
    expect(code).toBe(1);
    expect(err).toContain('-:1:1: expected at most 1048576 bytes, seen more');
  });
});

describe('regency rlf new, show and edits', () => {
  it('make a pool file and change it in place; what would be none is not written, and nothing is left lying about', async () => {
    const home = mkdtempSync(join(tmpdir(), 'regency-rlf-'));
    try {
      const path = join(home, 'lservrlf');
      const text = () => readFileSync(path, 'utf8');
      const rlf = (command: string, ...words: string[]) => regency(['rlf', command, path, ...words]);
      expect(await rlf('new', '--pool', 'lab', 'a=10.0.0.1:5093', 'b', 'c')).toEqual({
        code: 0,
        out: `${path} is version 1\n`,
        err: '',
      });
      expect(await rlf('new', '--pool', 'lab', 'a')).toMatchObject({
        code: 2,
        err: expect.stringMatching(/is there already/),
      });
      writeFileSync(
        path,
        `# ours\n${text()}`.replace('# ours\nregency pool file 1', 'regency pool file 1\n# ours'),
      );
      chmodSync(path, 0o640);
      expect((await rlf('add-license', 'serial=L-1', 'feature=my cad', 'hard-limit=3')).code).toBe(0);
      expect((await rlf('add-server', 'd=10.0.0.4:5093', '--preference', '2')).err).toMatch(
        /warning: 4 servers/,
      );
      expect((await rlf('order', 'c', '--json')).out).toMatch(/"schema":"regency\/rlf-edit@1".*"version":4,/);
      expect((await rlf('remove-server', 'b')).code).toBe(0);
      expect(text()).toBe(
        'regency pool file 1\n# ours\n\npool lab\nversion 5\n\nserver c\nserver a 10.0.0.1:5093\nserver d 10.0.0.4:5093\n\n' +
          'license serial=L-1 feature="my cad" hard-limit=3\n',
      );
      expect(statSync(path).mode & 0o777).toBe(0o640);

      const before = text();
      const wrong = await rlf('add-license', 'serial=L-2', 'feature=x', 'hard-limt=3');
      expect(wrong).toMatchObject({ code: 1, out: '' });
      expect(wrong.err).toMatch(
        /expected a known word, perhaps "hard-limit", seen "hard-limt"[\s\S]*was not written\n$/,
      );
      expect(await rlf('remove-license', 'L-9')).toMatchObject({
        code: 2,
        err: `regency: ${path}: it has no license of serial L-9\n`,
      });
      const elsewhere = await rlf('remove-license', 'L-1', '--out', '-');
      expect(elsewhere.out).toBe(before.replace('version 5', 'version 6').replace(/license.*\n/, ''));
      expect(text()).toBe(before);
      expect(readdirSync(home)).toEqual(['lservrlf']);

      expect((await rlf('show')).out).toContain('pool lab, version 5\n');
      expect((await rlf('show', '--canonical')).out).toBe(
        before.replace('# ours\n', '').replace('hard-limit=3', 'hard-limit=3 key-lifetime=5m'),
      );
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

describe('regency rlf keys', () => {
  it('makes keys for everybody once, keeps what is there, and renews when it is told to; private keys are private', async () => {
    const home = mkdtempSync(join(tmpdir(), 'regency-keys-'));
    try {
      const make = (...more: string[]) =>
        regency(['rlf', 'keys', 'cad-lab.lservrlf', '--out', home, ...more]);
      const first = await make('--client', 'ci');
      expect(first).toMatchObject({ code: 0, err: '' });
      const folders = ['servers/alpha', 'servers/beta', 'servers/gamma', 'clients/client', 'clients/ci'];
      for (const folder of [...folders, 'operators/operator']) {
        expect(first.out).toMatch(new RegExp(`^made  .*/${folder}, regency://cad-lab/`, 'm'));
        expect(statSync(join(home, folder, 'key.pem')).mode & 0o777).toBe(0o600);
      }
      expect(statSync(join(home, 'authority/ca-key.pem')).mode & 0o777).toBe(0o600);
      const certificate = () => readFileSync(join(home, 'clients/ci/cert.pem'), 'utf8');
      const authority = () => readFileSync(join(home, 'clients/ci/ca.pem'), 'utf8');
      const [before, by] = [certificate(), authority()];
      expect((await make()).out).not.toContain('made');
      expect(certificate()).toBe(before);
      expect((await make('--renew')).out).toMatch(/^made {2}.*\/clients\/ci/m);
      expect(certificate()).not.toBe(before);
      expect(authority()).toBe(by);
      const refusals: [string[], RegExp][] = [
        [['--client', 'a/b'], /'a\/b' is no name/],
        [['--days', '0'], /--days 0: expected a whole number/],
      ];
      for (const [more, line] of refusals) {
        const refused = await make(...more);
        expect(refused).toMatchObject({ code: 2, out: '' });
        expect(refused.err).toMatch(line);
      }
      const other = await regency(['rlf', 'keys', 'pool-of-two.lservrlf', '--out', home]);
      expect(other.err).toMatch(/it has the authority of cad-lab, and this is .*: give another --out/);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
