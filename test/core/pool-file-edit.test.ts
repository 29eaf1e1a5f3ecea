import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolFile } from '../../src/core/pool-file.ts';
import { type Edit, editPoolFile } from '../../src/core/pool-file-edit.ts';
import { parsePoolFile } from '../../src/core/pool-file-text.ts';

const TEXT = `regency pool file 1
# bought in May
pool lab
version\t9   # the next one has two figures

server alpha 10.0.0.1:5093   # in the cellar
# the new one
server beta

license serial=A-1 feature="my cad" hard-limit=2   # of May

# the end
`;

function edited(text: string, edit: Edit): string {
  const outcome = editPoolFile(text, edit);
  if (!outcome.ok) expect.fail(outcome.because);
  return outcome.text;
}

function fileOf(text: string): PoolFile {
  const reading = parsePoolFile(text);
  if (!reading.ok) expect.fail(JSON.stringify(reading.complaints));
  return reading.file;
}

describe('an edit of a pool file', () => {
  it('is one line more, and the next version; comments and layout stay', () => {
    const server = { host: 'gamma', address: '10.0.0.3:5093' };
    expect(edited(TEXT, { kind: 'add-server', server, preference: null })).toBe(
      TEXT.replace('\t9 ', '\t10 ').replace('server beta\n', 'server beta\nserver gamma 10.0.0.3:5093\n'),
    );
    expect(edited(TEXT, { kind: 'add-license', pairs: ['serial=B', 'feature=x y', 'hard-limit=1'] })).toBe(
      TEXT.replace('\t9 ', '\t10 ').replace(
        '# of May\n',
        '# of May\nlicense serial=B feature="x y" hard-limit=1\n',
      ),
    );
    const bare = 'regency pool file 1\r\npool lab\r\nversion 1\r\nserver a\r\n';
    expect(edited(bare, { kind: 'add-license', pairs: ['serial=B', 'feature=x', 'hard-limit=1'] })).toBe(
      'regency pool file 1\r\npool lab\r\nversion 2\r\nserver a\r\n\r\nlicense serial=B feature=x hard-limit=1\r\n',
    );
  });

  it('takes a line away with its own comment, or changes the order of lines', () => {
    expect(edited(TEXT, { kind: 'remove-server', host: 'ALPHA' })).toBe(
      TEXT.replace('\t9 ', '\t10 ').replace(/server alpha.*\n/, ''),
    );
    expect(edited(TEXT, { kind: 'remove-license', serial: 'A-1' })).toBe(
      TEXT.replace('\t9 ', '\t10 ').replace(/license .*\n/, ''),
    );
    expect(fileOf(edited(TEXT, { kind: 'order', hosts: ['beta'] })).servers.map(({ host }) => host)).toEqual([
      'beta',
      'alpha',
    ]);
  });

  it('says why it cannot be made', () => {
    const cases: [Edit, string][] = [
      [
        { kind: 'add-server', server: { host: 'Beta', address: null }, preference: null },
        'Beta is in it already',
      ],
      [{ kind: 'remove-server', host: 'gamma' }, 'gamma is not in it'],
      [{ kind: 'order', hosts: ['beta', 'beta'] }, 'beta is not in it, or was named twice'],
      [{ kind: 'remove-license', serial: 'A' }, 'it has no license of serial A'],
      [{ kind: 'add-license', pairs: ['serial=A\nserver evil'] }, "'serial=A\nserver evil' is no name=value"],
      [{ kind: 'add-license', pairs: ['#', 'serial=A'] }, "'#' is no name=value"],
      [
        { kind: 'add-server', server: { host: 'a #', address: null }, preference: 1 },
        "'a #' is no host and no address",
      ],
    ];
    for (const [edit, because] of cases) expect(editPoolFile(TEXT, edit)).toEqual({ ok: false, because });
  });

  it('does to what the file says just that, and loses no other line', () => {
    const hosts = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), {
      minLength: 2,
      maxLength: 6,
    });
    const filler = fc.array(fc.constantFrom('', '# note', '   # server x', '\t'), { maxLength: 2 });
    const drawn = fc.record({
      hosts,
      serials: fc.uniqueArray(fc.constantFrom('S1', 'S2', 'S3'), { maxLength: 3 }),
      fillers: fc.array(filler, { minLength: 12, maxLength: 12 }),
      end: fc.constantFrom('\n', '\r\n'),
      isEnded: fc.boolean(),
      pick: fc.nat(),
      preference: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 8 })),
      kind: fc.constantFrom('add-server', 'remove-server', 'order', 'add-license', 'remove-license'),
    });
    fc.assert(
      fc.property(drawn, ({ hosts, serials, fillers, end, isEnded, pick, preference, kind }) => {
        const statements = [
          'regency pool file 1',
          'pool lab',
          'version 1',
          ...hosts.map((host) => `server ${host} # of ${host}`),
          ...serials.map((serial) => `license serial=${serial} feature=x hard-limit=1`),
        ];
        const lines = statements.flatMap((line, i) => [line, ...(fillers[i] ?? [])]);
        const text = lines.join(end) + (isEnded ? end : '');
        const host = hosts[pick % hosts.length]!;
        const serial = serials[pick % Math.max(1, serials.length)];
        let edit: Edit;
        let expectedHosts: readonly string[] = hosts;
        let expectedSerials: readonly string[] = serials;
        if (kind === 'add-server') {
          edit = { kind, server: { host: 'new', address: null }, preference };
          expectedHosts = (hosts as string[]).toSpliced((preference ?? 99) - 1, 0, 'new');
        } else if (kind === 'remove-server') {
          edit = { kind, host };
          expectedHosts = hosts.filter((each) => each !== host);
        } else if (kind === 'order') {
          edit = { kind, hosts: [host] };
          expectedHosts = [host, ...hosts.filter((each) => each !== host)];
        } else if (kind === 'add-license' || serial === undefined) {
          edit = { kind: 'add-license', pairs: ['serial=S9', 'feature=x', 'hard-limit=1'] };
          expectedSerials = [...serials, 'S9'];
        } else {
          edit = { kind: 'remove-license', serial };
          expectedSerials = serials.filter((each) => each !== serial);
        }
        const after = edited(text, edit);
        const file = fileOf(after);
        expect(file.version).toBe(2);
        expect(file.servers.map((server) => server.host)).toEqual(expectedHosts);
        expect(file.licenses.map((license) => license.serial)).toEqual(expectedSerials);
        const notes = (of: string) => of.split(end).filter((line) => /^\s*#/.test(line));
        expect(notes(after)).toEqual(notes(text));
      }),
      { numRuns: 300 },
    );
  });
});
