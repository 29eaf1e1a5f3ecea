// How a command takes tokens for somebody: which, how many, in whose name, and by which keys.

import { hostname } from 'node:os';
import type { Command } from 'commander';
import { LicenseError, LicensePool, type Token } from '../client/license-pool.ts';
import { keysBy } from './key-options.ts';
import { type PoolOptions, serversBy, withPoolOptions } from './pool-options.ts';
import { CannotGoOn, printError } from './terminal.ts';

/** Exit code: no token was to be had. */
export const NO_TOKEN = 69;
/** Exit code: the token was lost. */
export const LOST = 75;

export interface TakingOptions extends PoolOptions {
  readonly featureVersion: string;
  readonly units: string;
  readonly owner?: string;
}

export interface Taken {
  readonly pool: LicensePool;
  readonly token: Token;
  readonly units: number;
}

export function withTakingOptions(command: Command): Command {
  return withPoolOptions(
    command
      .option('--feature-version <version>', 'of which version of it', '')
      .option('--units <number>', 'how many tokens', '1')
      .option('--owner <name>', 'who holds, as the pool shows it', undefined),
  );
}

/** Null: none was to be had, and people were told why. Throws CannotGoOn. */
export async function take(feature: string, options: TakingOptions): Promise<Taken | null> {
  const units = Number(options.units);
  if (!Number.isInteger(units) || units < 1)
    throw new CannotGoOn(`--units ${options.units}: expected a whole number from 1`);
  const keys = keysBy(options);
  const owner = options.owner ?? `${process.env.USER ?? 'somebody'}@${hostname()}`.slice(0, 64);
  const pool = new LicensePool({ servers: await serversBy(options), owner, keys });
  try {
    return { pool, token: await pool.acquire(feature, options.featureVersion, units), units };
  } catch (error) {
    if (!(error instanceof LicenseError)) throw error;
    printError(`regency: no token of ${feature}: ${error.message}`);
    await pool.close();
    return null;
  }
}
