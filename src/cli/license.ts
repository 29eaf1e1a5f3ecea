// `regency license`: licenses as a vendor signs them, so that nobody who administers a pool can give out more than was sold.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { License } from '../core/license.ts';
import type { PoolFile } from '../core/pool-file.ts';
import { editPoolFile, isWord } from '../core/pool-file-edit.ts';
import { MOST_BYTES, parsePoolFile, printLicense, readPoolFile } from '../core/pool-file-text.ts';
import { makeVendorKeys, readSigningKey, readVendor, signatureOf } from '../node/vendor.ts';
import { putWhole } from '../node/whole-file.ts';
import { nameOfInput, readInput } from './read-input.ts';
import { asTable } from './table.ts';
import { CannotGoOn, type ExitCode, endingWith, painted, print } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency license keys --out vendor          vendor/private.pem signs and stays with the vendor, vendor/public.pem goes to servers
  $ regency license sign --key vendor/private.pem --pool cad-lab serial=CAD-2 feature=cad hard-limit=20 expires=2028-01-31 |
      regency rlf add-license lservrlf -
  $ regency license verify lservrlf --vendor-key vendor/public.pem
  $ regency serve --vendor-key vendor/public.pem …     this server takes signed licenses only

A signature is for one license of one pool: no field of it can be changed, added or left out; its order and layout can.

Exit code: 0 done, 1 a license is not signed or was altered, 2 not done.
`;

export function licenseCommand(): Command {
  return new Command('license')
    .description('sign licenses, as their vendor, and verify them')
    .addCommand(keysCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addHelpText('after', EXAMPLES);
}

function keysCommand(): Command {
  return new Command('keys')
    .description('make the two keys of a vendor')
    .option('--out <folder>', 'where they are put', 'vendor')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith(({ out }: { out: string }): ExitCode => {
        const [secret, open] = [join(out, 'private.pem'), join(out, 'public.pem')];
        for (const path of [secret, open])
          if (existsSync(path)) throw new CannotGoOn(`${path} is there already: give another --out`);
        const { privateKey, publicKey } = makeVendorKeys();
        try {
          mkdirSync(out, { recursive: true, mode: 0o700 });
          putWhole(secret, privateKey, 0o600);
          putWhole(open, publicKey, 0o644);
        } catch (error) {
          throw new CannotGoOn(`cannot make keys in ${out}: ${(error as Error).message}`);
        }
        print(
          `made  ${secret}: who has it can sign any license\nmade  ${open}: for 'regency serve --vendor-key'`,
        );
        return 0;
      }),
    );
}

function signCommand(): Command {
  return new Command('sign')
    .description('sign a license: its line for the pool file')
    .argument('<field=value...>', 'its fields, as in a pool file')
    .requiredOption('--key <file>', "the vendor's private key, PEM")
    .requiredOption('--pool <name>', 'the pool that it is for, by the name in its file')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith((pairs: readonly string[], { key, pool }: { key: string; pool: string }): ExitCode => {
        const license = licenseOf(pairs, pool);
        const secret = readSigningKey(key);
        if (typeof secret === 'string') throw new CannotGoOn(secret);
        print(`license ${printLicense({ ...license, signature: signatureOf(license, pool, secret) })}`);
        return 0;
      }),
    );
}

/** As it would be read in a pool's file. */
function licenseOf(pairs: readonly string[], pool: string): License {
  if (!isWord(pool)) throw new CannotGoOn(`'${pool}' is no name of a pool`);
  const around = `regency pool file 1\npool ${pool}\nversion 1\nserver any\n`;
  const edited = editPoolFile(around, { kind: 'add-license', pairs });
  if (!edited.ok) throw new CannotGoOn(edited.because);
  const reading = parsePoolFile(edited.text);
  if (reading.ok) return reading.file.licenses[0]!;
  const [{ expected, seen }] = reading.complaints as [(typeof reading.complaints)[0]];
  throw new CannotGoOn(`expected ${expected}, seen ${seen}`);
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('see whether all licenses of a pool file are as their vendor signed them')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .requiredOption('--vendor-key <file>', "the vendor's public key, PEM")
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(verify));
}

async function verify(path: string, options: { vendorKey: string; json?: boolean }): Promise<ExitCode> {
  const { poolName, licenses } = await fileAt(path);
  const vendor = readVendor(options.vendorKey);
  if (typeof vendor === 'string') throw new CannotGoOn(vendor);
  const found = licenses.map((license) => ({
    serial: license.serial,
    standing: vendor.standingOf(license, poolName),
  }));
  const isWell = found.every(({ standing }) => standing === 'signed');
  if (options.json)
    print(JSON.stringify({ schema: 'regency/license-verify@1', file: path, ok: isWell, licenses: found }));
  else if (found.length === 0) print('no licenses');
  else {
    const rows = found.map(({ serial, standing }) => [serial, standing]);
    print(withDimHeading(asTable(['serial', `for pool ${poolName}`], rows)));
  }
  return isWell ? 0 : 1;
}

function showCommand(): Command {
  return new Command('show')
    .description('show one license of a pool file, field by field')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .argument('<serial>', 'which one')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith(async (path: string, serial: string): Promise<ExitCode> => {
        const { licenses } = await fileAt(path);
        const license = licenses.find((each) => each.serial === serial);
        if (license === undefined)
          throw new CannotGoOn(`${nameOfInput(path)} has no license of serial ${serial}`);
        const fields = printLicense(license).matchAll(/([a-z-]+)=("[^"]*"|\S+)/g);
        print(
          withDimHeading(
            asTable(
              ['field', 'value'],
              [...fields].map(([, field = '', value = '']) => [field, value]),
            ),
          ),
        );
        return 0;
      }),
    );
}

function withDimHeading([heading = '', ...lines]: readonly string[]): string {
  return [painted('dim', heading), ...lines].join('\n');
}

async function fileAt(path: string): Promise<PoolFile> {
  const reading = readPoolFile(await readInput(path, MOST_BYTES));
  if (!reading.ok)
    throw new CannotGoOn(`${nameOfInput(path)} is no pool file: 'regency rlf check' says where`);
  return reading.file;
}
