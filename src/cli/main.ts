#!/usr/bin/env node
// `regency`: the program for those who run a pool. Each command is a file of its own.

import { Command } from 'commander';
import { holdCommand } from './hold.ts';
import { licenseCommand } from './license.ts';
import { monitorCommand, poolCommand, whereCommand } from './pool.ts';
import { requestCommand } from './request.ts';
import { rlfCommand } from './rlf.ts';
import { serveCommand } from './serve.ts';
import { runProgram } from './terminal.ts';
import { usageCommand } from './usage.ts';
import { packageVersion } from './version.ts';

const EXAMPLES = `
Examples:
  $ regency rlf check lservrlf          check a pool file before it is given to a server
  $ regency rlf check --json lservrlf   the same for a program to read
  $ regency rlf keys lservrlf           the keys of its servers, clients and operators
  $ regency rlf add-server lservrlf delta=10.0.0.4:5093
  $ regency license verify lservrlf --vendor-key vendor/public.pem
  $ regency monitor --file lservrlf --keys keys/operators/operator
  $ regency pool stand-down --file lservrlf --keys keys/operators/operator
  $ regency usage s1 s2 s3 --by-day
  $ regency help rlf check              what a command does, and with which options
`;

const program = new Command('regency')
  .description('A pool of redundant license servers that survives the loss of a minority of them.')
  .version(packageVersion(), '-V, --version', 'display the version')
  .addHelpText('after', EXAMPLES)
  .addCommand(rlfCommand())
  .addCommand(licenseCommand())
  .addCommand(serveCommand())
  .addCommand(requestCommand())
  .addCommand(holdCommand())
  .addCommand(poolCommand())
  .addCommand(whereCommand())
  .addCommand(monitorCommand())
  .addCommand(usageCommand());

await runProgram(program, process.argv);
