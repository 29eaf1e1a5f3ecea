// `regency rlf`: everything about the pool's file.

import { Command } from 'commander';
import { rlfCheckCommand } from './rlf-check.ts';
import { rlfKeysCommand } from './rlf-keys.ts';

export function rlfCommand(): Command {
  return new Command('rlf')
    .description('work with pool files (lservrlf)')
    .addCommand(rlfCheckCommand())
    .addCommand(rlfKeysCommand());
}
