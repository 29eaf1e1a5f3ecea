// `regency request`: takes tokens as a program would, says by whose word, and keeps them until it is told to stop: to see that a
// client can take them, or to keep some away from others.

import { Command } from 'commander';
import type { Token } from '../client/license-pool.ts';
import { formatHandle } from '../core/ids.ts';
import { LOST, NO_TOKEN, type TakingOptions, take, withTakingOptions } from './taking.ts';
import { endingWith, print, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency request cad --file lservrlf --keys keys/clients/client             until Ctrl-C
  $ regency request cad --units 2 --once --json --file lservrlf --keys keys/clients/client

Exit code: 0 granted, and given back; 69 no token was to be had, 75 it was lost, 2 it could not be asked for.
`;

interface Options extends TakingOptions {
  readonly once?: boolean;
  readonly json?: boolean;
}

export function requestCommand(): Command {
  return withTakingOptions(
    new Command('request')
      .description('take tokens, and keep them until Ctrl-C')
      .argument('<feature>', 'of which feature'),
  )
    .option('--once', 'give them back at once')
    .option('--json', 'print one JSON object when they are granted')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(request));
}

async function request(feature: string, options: Options): Promise<number> {
  const taken = await take(feature, options);
  if (taken === null) return NO_TOKEN;
  const { pool, token, units } = taken;
  const grant = token.grant();
  const { server = null, term = null, until = null } = grant ?? {};
  if (options.json) {
    const said = { feature, version: options.featureVersion, units, handle: formatHandle(token.handle) };
    print(JSON.stringify({ schema: 'regency/request@1', ...said, server, term, until }));
  } else {
    const tokens = units === 1 ? 'one token' : `${units} tokens`;
    print(
      `${server} grants ${tokens} of ${feature}, in term ${term}, until ${until?.toISOString()} if not renewed`,
    );
  }
  const isLost = options.once ? false : await untilStopped(token);
  await pool.close();
  if (isLost) printError(`regency: lost: somebody else may have it now`);
  else if (!options.json) print('given back');
  return isLost ? LOST : 0;
}

/** True when it was lost before anybody stopped this. */
function untilStopped(token: Token): Promise<boolean> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(false));
    token.onLost(() => resolve(true));
  });
}
