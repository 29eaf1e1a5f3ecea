// `regency rlf`: everything about the pool's file.

import { Command } from 'commander';
import { rlfCheckCommand } from './rlf-check.ts';
import { rlfEditCommands } from './rlf-edit.ts';
import { rlfKeysCommand } from './rlf-keys.ts';
import { rlfShowCommand } from './rlf-show.ts';

export function rlfCommand(): Command {
  const command = new Command('rlf')
    .description('work with pool files (lservrlf)')
    .addCommand(rlfCheckCommand())
    .addCommand(rlfShowCommand());
  for (const edit of rlfEditCommands()) command.addCommand(edit);
  return command.addCommand(rlfKeysCommand());
}
