// `regency-sim properties`: what must hold, in which environments, and what a campaign must reach.

import { Command } from 'commander';
import { PROPERTIES } from '../../properties/index.ts';
import { LABELS } from '../../properties/sometimes.ts';
import { print } from '../../src/cli/terminal.ts';
import { wrapped } from '../campaign/columns.ts';
import { ENVIRONMENTS, type EnvironmentId } from '../scenario/scenario.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, jsonOption } from './options.ts';

const WIDTH = 80;

const EXAMPLES = `
Examples:
  $ regency-sim properties                                  a table
  $ regency-sim properties --json - | jq '.properties[].id' for a program to read
`;

export function propertiesCommand(): Command {
  return new Command('properties')
    .description('list what must hold, in which environments, and the states that a campaign must reach')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(properties));
}

async function properties({ json }: { readonly json?: string }): Promise<ExitCode> {
  if (json === undefined) {
    print(textOf().join('\n'));
    return EXIT.passed;
  }
  checkOutput(json);
  writeJson(json, {
    schema: 'regency-sim/properties@1',
    environments: ENVIRONMENTS,
    properties: PROPERTIES.map(({ id, name, statement, environments }) => ({
      id,
      name,
      statement,
      environments,
    })),
    labels: LABELS,
  });
  return EXIT.passed;
}

/** The statement in the last column, on as many lines as it needs. */
function textOf(): string[] {
  const rows = [
    ['id', 'name', 'where', 'statement'],
    ...PROPERTIES.map(({ id, name, environments, statement }) => [id, name, spanOf(environments), statement]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const rest = WIDTH - widths.reduce((sum, width) => sum + width + 2, 0);
  return [
    ...rows.flatMap((row) =>
      wrapped(row[3]!, rest).map((line, index) =>
        [...widths.map((width, column) => (index === 0 ? row[column]! : '').padEnd(width)), line].join('  '),
      ),
    ),
    '',
    'labels: what a campaign must reach',
    ...LABELS.map((label) => `  ${label}`),
  ];
}

/** Neighbours as a span: `E2–E5`; else each by name. */
function spanOf(environments: readonly EnvironmentId[]): string {
  const first = ENVIRONMENTS.indexOf(environments[0]!);
  const isSpan = environments.every((environment, index) => ENVIRONMENTS[first + index] === environment);
  return isSpan && environments.length > 1
    ? `${environments[0]}–${environments.at(-1)}`
    : environments.join(' ');
}
