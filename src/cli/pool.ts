// `regency pool`, `regency where`, `regency monitor`: what the servers of a pool say of it. Every server is asked by itself, at the
// same time; what is said of members and tokens is what the Leader says.

import { Command } from 'commander';
import type { Report } from '../core/message.ts';
import { type PoolOptions, withPoolOptions } from './pool-options.ts';
import { orderCommands } from './pool-orders.ts';
import { look, reachOf, type View } from './pool-view.ts';
import { asTable } from './table.ts';
import { type ExitCode, endingWith, onOneLine, painted, print } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency where --file lservrlf --keys keys/operators/operator
  $ regency pool leader --server alpha --keys keys/operators/operator
  $ regency pool tokens --file lservrlf --keys keys/operators/operator --json
  $ regency monitor --watch --file lservrlf --keys keys/operators/operator

Exit code: 0 the pool serves (where: somebody answers), 1 it does not, 2 it could not be asked.
`;

const WATCH_INTERVAL_MS = 2000;

interface Options extends PoolOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

type Show = (view: View) => readonly string[];

export function poolCommand(): Command {
  const command = new Command('pool')
    .description('ask a running pool, or give it an order')
    .addCommand(asking('leader', 'which server leads', leaderLines))
    .addCommand(asking('members', 'who is in the pool, as its Leader knows them', memberLines))
    .addCommand(asking('tokens', 'tokens of each feature: all, out and free', tokenLines));
  for (const order of orderCommands()) command.addCommand(order);
  return command;
}

export function whereCommand(): Command {
  return asking('where', 'which servers answer, and what they are', serverLines, ({ inspections }) =>
    inspections.some(({ report }) => report !== null),
  );
}

export function monitorCommand(): Command {
  const everything: Show = (view) => [
    ...serverLines(view),
    '',
    ...memberLines(view),
    '',
    ...tokenLines(view),
  ];
  return asking('monitor', 'servers, members and tokens', everything).option(
    '--watch',
    'again and again, until Ctrl-C',
  );
}

function asking(name: string, description: string, show: Show, isWell = serves): Command {
  return withPoolOptions(new Command(name).description(description))
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith(async (options: Options): Promise<ExitCode> => {
        for (;;) {
          const view = await look(await reachOf(options));
          if (options.json) print(asJson(view));
          else
            print(
              `${options.watch && process.stdout.isTTY ? '\u001b[2J\u001b[H' : ''}${show(view).join('\n')}`,
            );
          if (!options.watch) return isWell(view) ? 0 : 1;
          await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS));
        }
      }),
    );
}

function serves({ leader }: View): boolean {
  return leader !== null;
}

const NO_LEADER = ['no server leads'];

function leaderLines({ leader, inspections }: View): readonly string[] {
  if (leader === null) return NO_LEADER;
  const address = inspections.find(({ report }) => report === leader)?.address ?? '';
  return [`${leader.host} ${address}, term ${leader.term}`];
}

function serverLines({ inspections }: View): readonly string[] {
  const rows = inspections.map(({ host, address, report, because }) =>
    report === null
      ? [host, address, '-', '-', '-', onOneLine(because)]
      : [host, address, roleOf(report), String(report.term), String(report.fileVersion), conditionOf(report)],
  );
  return withHeading(['server', 'address', 'is', 'term', 'file', ''], rows);
}

function memberLines({ leader }: View): readonly string[] {
  if (leader === null) return NO_LEADER;
  const rows = leader.members.map(({ host, isPresent, isMember, isUnfit, position }, i) => [
    String(i + 1),
    host,
    isPresent ? 'yes' : 'no',
    isMember ? 'yes' : 'no',
    isUnfit ? 'full' : 'fit',
    position === null ? '-' : String(position.index),
  ]);
  return withHeading(['preference', 'member', 'present', 'counts', 'disk', 'index'], rows);
}

function tokenLines({ leader }: View): readonly string[] {
  if (leader === null) return NO_LEADER;
  const rows = leader.keys.map(({ key, tokens }) => {
    const [feature = '', version = ''] = key.split('|');
    const { total, mine, previous, free } = tokens;
    return [feature, version || '-', ...[total, mine, previous, free].map(String)];
  });
  return withHeading(['feature', 'version', 'total', 'of this Leader', 'of earlier ones', 'free'], rows);
}

function roleOf({ role, isActive }: Report): string {
  return role === 'leader' ? (isActive ? 'leader' : 'leader to be') : role;
}

function conditionOf(report: Report): string {
  const said = [
    report.isMember ? '' : 'no member',
    report.isUnfit ? 'disk full' : '',
    report.isForming ? 'the pool is forming' : '',
    report.isInQuarantine ? 'quarantine' : '',
    report.standsBack ? 'stands back' : '',
    report.isTampered ? 'clocks set back' : '',
    report.quorumAge === null ? '' : `confirmed ${Math.round(report.quorumAge / 1000)} ms ago`,
  ];
  return said.filter((each) => each !== '').join(', ');
}

function withHeading(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const [heading = '', ...lines] = asTable(titles, rows);
  return [painted('dim', heading), ...lines];
}

function asJson({ inspections, leader }: View): string {
  return JSON.stringify({
    schema: 'regency/pool@1',
    leader: leader?.host ?? null,
    term: leader?.term ?? null,
    members: leader?.members ?? [],
    tokens:
      leader?.keys.map(({ key, tokens }) => ({
        feature: key.split('|')[0],
        version: key.split('|')[1],
        ...tokens,
      })) ?? [],
    servers: inspections.map(({ host, address, report, because }) => ({
      host,
      address,
      ...(report === null
        ? { because }
        : {
            role: report.role,
            active: report.isActive,
            term: report.term,
            member: report.isMember,
            fileVersion: report.fileVersion,
          }),
    })),
  });
}
