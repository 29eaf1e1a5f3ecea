// `regency rlf keys`: the keys of a pool, made by its own authority: a folder for each server, client and operator that can
// be put on its machine as it is. What is there stays as it is, so that it can be run again when a server was added.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { MOST_BYTES, readPoolFile } from '../core/pool-file-text.ts';
import type { KeyPair, Validity } from '../node/authority.ts';
import { type Identity, parseUri, uriOf } from '../node/identity.ts';
import { putWhole } from '../node/whole-file.ts';
import { nameOfInput, readInput } from './read-input.ts';
import { CannotGoOn, type ExitCode, endingWith, print } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency rlf keys lservrlf                             keys of the servers, and of one client and one operator
  $ regency rlf keys lservrlf --client desks --client ci  and of two more clients
  $ regency rlf keys lservrlf --renew                     new ones for everybody, by the same authority

  keys/authority       stays with whoever administers the pool: who has it can be anybody
  keys/servers/NAME    goes to that server's machine:   regency serve --keys FOLDER …
  keys/clients/NAME    goes to the machines that take tokens; many may share one
  keys/operators/NAME  goes to those who may look at the pool and give orders

Exit code: 0 the keys are there, 2 they could not be made.
`;

const ROLES = { server: 'servers', client: 'clients', operator: 'operators' } as const;
const DAY_MS = 86_400_000;
const DAYS_OF_AUTHORITY = 3650;
/** A machine whose clock is a little behind takes new keys all the same. */
const BEFORE_MS = DAY_MS;

interface Options {
  readonly out: string;
  readonly client: readonly string[];
  readonly operator: readonly string[];
  readonly days: string;
  readonly renew?: boolean;
}

export function rlfKeysCommand(): Command {
  const repeated = (name: string, former: readonly string[]): string[] => [...former, name];
  return new Command('keys')
    .description('make the keys of a pool: of its authority, its servers, clients and operators')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .option('--out <folder>', 'where the keys are', 'keys')
    .option('--client <name>', 'make keys of that client, too; may be repeated', repeated, [])
    .option('--operator <name>', 'make keys of that operator, too; may be repeated', repeated, [])
    .option('--days <number>', 'how long new keys are valid', '825')
    .option('--renew', 'make new ones in place of those that are there; the authority stays')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(makeKeys));
}

async function makeKeys(path: string, options: Options): Promise<ExitCode> {
  const reading = readPoolFile(await readInput(path, MOST_BYTES));
  if (!reading.ok)
    throw new CannotGoOn(`${nameOfInput(path)} is no pool file: 'regency rlf check' says where`);
  const { poolName: pool, servers } = reading.file;
  const everybody: Identity[] = [
    ...servers.map(({ host }) => ({ pool, role: 'server' as const, name: host })),
    ...[...namesOf(options.out, 'client', options.client)].map((name) => ({
      pool,
      role: 'client' as const,
      name,
    })),
    ...[...namesOf(options.out, 'operator', options.operator)].map((name) => ({
      pool,
      role: 'operator' as const,
      name,
    })),
  ];
  const unnamed = everybody.find((identity) => parseUri(uriOf(identity)) === null);
  if (unnamed !== undefined) {
    throw new CannotGoOn(
      `'${unnamed.name}' is no name: expected 1 to 64 of the characters A-Z a-z 0-9 _ . -`,
    );
  }
  const days = Number(options.days);
  if (!Number.isInteger(days) || days < 1 || days > DAYS_OF_AUTHORITY) {
    throw new CannotGoOn(`--days ${options.days}: expected a whole number from 1 to ${DAYS_OF_AUTHORITY}`);
  }
  try {
    await fill(options.out, pool, everybody, days, options.renew ?? false);
  } catch (error) {
    throw new CannotGoOn(`cannot make keys in ${options.out}: ${(error as Error).message}`);
  }
  return 0;
}

/** Who is to have keys: one that is called what it is, who is asked for, and who has some. */
function namesOf(out: string, role: 'client' | 'operator', asked: readonly string[]): Set<string> {
  const folder = join(out, ROLES[role]);
  return new Set([role, ...asked, ...(existsSync(folder) ? readdirSync(folder) : [])]);
}

async function fill(out: string, pool: string, everybody: readonly Identity[], days: number, renew: boolean) {
  // The library that writes certificates is loaded by who needs it.
  const { authorityOf, issue, makeAuthority } = await import('../node/authority.ts');
  const home = join(out, 'authority');
  let authority: KeyPair;
  if (existsSync(join(home, 'ca-key.pem'))) {
    authority = {
      certificate: readFileSync(join(home, 'ca.pem'), 'utf8'),
      key: readFileSync(join(home, 'ca-key.pem'), 'utf8'),
    };
    const other = authorityOf(authority);
    if (other !== pool)
      throw new Error(`it has the authority of ${other}, and this is ${pool}: give another --out`);
  } else {
    authority = await makeAuthority(pool, validFor(DAYS_OF_AUTHORITY));
    mkdirSync(home, { recursive: true, mode: 0o700 });
    // The certificate first: with the key both are there.
    putWhole(join(home, 'ca.pem'), authority.certificate, 0o644);
    putWhole(join(home, 'ca-key.pem'), authority.key, 0o600);
    print(`made  ${home}, the authority of ${pool}: keep ca-key.pem to yourself`);
  }
  for (const identity of everybody) {
    const folder = join(out, ROLES[identity.role], identity.name);
    const isThere = existsSync(join(folder, 'cert.pem'));
    if (isThere && !renew) {
      print(`kept  ${folder}`);
      continue;
    }
    const { certificate, key } = await issue(authority, identity, validFor(days));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    putWhole(join(folder, 'ca.pem'), authority.certificate, 0o644);
    putWhole(join(folder, 'key.pem'), key, 0o600);
    putWhole(join(folder, 'cert.pem'), certificate, 0o644);
    print(`made  ${folder}, ${uriOf(identity)}`);
  }
}

function validFor(days: number): Validity {
  const now = Date.now();
  return { from: new Date(now - BEFORE_MS), to: new Date(now + days * DAY_MS) };
}
