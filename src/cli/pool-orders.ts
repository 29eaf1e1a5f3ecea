// The orders that an operator may give to a server [4.6]: `regency pool stand-down`, `re-form`, `promote`, `restored`,
// `lower-mark`. Whether it was obeyed is told, and of one that changes who leads, what came of it. What may lose
// tokens, or a store, is asked about first.

import { Command } from 'commander';
import { giveOrder } from '../client/order.ts';
import { comparePositions, type Host, isSameHost, type Position } from '../core/ids.ts';
import type { Order, OrderOutcome } from '../core/message.ts';
import { formatCivilTime, parseCivilTime } from '../core/time-text.ts';
import { type PoolOptions, withPoolOptions } from './pool-options.ts';
import { look, type Reach, reachOf, type View } from './pool-view.ts';
import { makeSure } from './question.ts';
import { CannotGoOn, type ExitCode, endingWith, onOneLine, print, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency pool stand-down --file lservrlf --keys keys/operators/operator             before the Leader's machine is switched off
  $ regency pool promote beta --file lservrlf --keys keys/operators/operator           the first of a pool of two is gone
  $ regency pool re-form beta gamma --file lservrlf --keys keys/operators/operator     too many stores are lost: go on with these
  $ regency pool restored beta --file lservrlf --keys keys/operators/operator          beta's disk was put back from a copy
  $ regency pool lower-mark 2026-11-25 --file lservrlf --keys keys/operators/operator  all clocks had been years ahead

Servers are added and removed by an edit of the pool file: 'regency rlf add-server --help'.
No order ends a server: it stops, and hands over first, on SIGTERM (systemctl stop regency). With --json one object is printed.

Exit code: 0 obeyed, 1 refused, or it did not come to what was ordered, 2 it could not be ordered.
`;

interface Options extends PoolOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** What is ordered, and of whom. */
interface Plan {
  readonly order: Order;
  readonly to: Host;
  /** What it may cost; null = nothing that anybody would miss. */
  readonly warning: string | null;
  /** Whether it has come to what was ordered; null = nobody sees that from outside. */
  readonly isDone: ((view: View) => boolean) | null;
}

const REFUSALS: Record<Exclude<OrderOutcome, 'obeyed'>, string> = {
  'not leading': 'it does not lead',
  'handing over': 'it hands over just now: ask in a moment who leads',
  'not lower': 'the mark is not above that',
  'no room on its disk': 'its disk has no room: make some first',
  'holds nothing': 'its store holds nothing',
  'a leader serves': 'it hears a Leader that serves: there is nothing to mend',
  'wrong servers': 'expected at most 11 servers, each once, and the one that is ordered among them',
  'not the second of two': 'only the second server of a pool of two can be promoted',
  'not fresh': 'it started anew in between, or the order was too long on its way: give it again',
};

/** For a hand-over or an election, with time-outs. */
const PATIENCE_MS = 15_000;
const LOOK_INTERVAL_MS = 300;

export function orderCommands(): Command[] {
  return [
    ordering('stand-down', 'the Leader hands over to the best of the others, and stands back', (options) =>
      obeyedAs(options, (_, view) => standDown(view)),
    ),
    ordering(
      're-form',
      'begin the pool anew with these servers, from the newest of their stores',
      (options, names) => obeyedAs(options, (_, view) => reForm(view, names)),
    ).argument('<server...>', 'all servers of the pool to be, the most preferred first'),
    ordering(
      'promote',
      'the second server of a pool of two goes on without the first',
      (options, [name = '']) => obeyedAs(options, (reach) => promote(nameOf(reach, name))),
    ).argument('<server>', 'the second one'),
    ordering(
      'restored',
      'a server discards its store: it was put back from an older copy',
      (options, [name = '']) => obeyedAs(options, (reach) => restored(nameOf(reach, name))),
    ).argument('<server>', 'the one that was put back'),
    ordering(
      'lower-mark',
      'set back the latest instant that the pool knows to have passed',
      (options, [at = '']) => obeyedAs(options, (_, view) => lowerMark(view, at)),
    ).argument('<instant>', 'to that one, like 2027-01-31 or 2027-01-31T18:00Z, in UTC'),
  ];
}

function ordering(
  name: string,
  description: string,
  action: (options: Options, names: readonly string[]) => Promise<ExitCode>,
): Command {
  return withPoolOptions(new Command(name).description(description))
    .option('--yes', 'do not ask whether it is meant')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith((...given: unknown[]) => {
        const command = given.at(-1) as Command;
        return action(command.opts<Options>(), command.args);
      }),
    );
}

function leaderOf({ leader }: View): Host {
  if (leader === null) throw new CannotGoOn('no server leads: there is nobody to give that order to');
  return leader.host;
}

function standDown(view: View): Plan {
  const to = leaderOf(view);
  return {
    order: { kind: 'stand-down' },
    to,
    warning: null,
    isDone: ({ leader }) => leader !== null && leader.host !== to,
  };
}

function reForm({ inspections }: View, servers: readonly Host[]): Plan {
  let to: Host | null = null;
  let newest: Position | null = null;
  for (const { host, report } of inspections) {
    const position = report?.position ?? null;
    if (position === null || !servers.some((name) => isSameHost(name, host))) continue;
    if (newest !== null && comparePositions(position, newest) <= 0) continue;
    newest = position;
    to = host;
  }
  if (to === null)
    throw new CannotGoOn('none of these servers answers and holds a store: there is nothing to begin from');
  return {
    order: { kind: 're-form', servers },
    to,
    warning:
      `the pool begins anew with ${servers.join(', ')} alone: if the others still serve somewhere, there are two pools; tokens ` +
      'that only lost stores knew of are forgotten, and none is granted until they have run out',
    isDone: ({ leader }) => leader !== null && servers.some((name) => isSameHost(name, leader.host)),
  };
}

function promote(to: Host): Plan {
  return {
    order: { kind: 'promote' },
    to,
    warning:
      `${to} goes on without the first server: if that one still serves, there are two pools; its data must be deleted before it ` +
      'is switched on again, and no token is granted until all that it knew of have run out',
    isDone: ({ leader }) => leader?.host === to,
  };
}

function restored(to: Host): Plan {
  return {
    order: { kind: 'restored' },
    to,
    warning: `${to} discards its store, and gets that of the others: without a quorum of them nothing is left of it`,
    isDone: null,
  };
}

function lowerMark(view: View, text: string): Plan {
  const at = parseCivilTime(text);
  if (at === null)
    throw new CannotGoOn(`${text} is no instant: expected one like 2027-01-31 or 2027-01-31T18:00Z, in UTC`);
  return {
    order: { kind: 'lower-mark', to: at },
    to: leaderOf(view),
    warning: `the pool takes ${formatCivilTime(at)} for an instant that has passed, and none after it: set all clocks right first`,
    isDone: null,
  };
}

function nameOf({ servers }: Reach, name: string): Host {
  for (const host of servers.keys()) if (isSameHost(host, name)) return host;
  throw new CannotGoOn(`${name} is none of the pool's servers: ${[...servers.keys()].join(', ')}`);
}

async function obeyedAs(options: Options, planned: (reach: Reach, view: View) => Plan): Promise<ExitCode> {
  const reach = await reachOf(options);
  const { order, to, warning, isDone } = planned(reach, await look(reach));
  if (warning !== null) await makeSure(warning, options.yes ?? false);
  const { outcome, wasSent, because } = await giveOrder(to, reach.servers.get(to)!, reach.keys, order);
  if (outcome === null && !wasSent) throw new CannotGoOn(`${to} was not ordered: ${because}`);
  const last = outcome === 'obeyed' && isDone !== null ? await waitFor(reach, isDone) : null;
  const isWell = outcome === 'obeyed' && (isDone === null || last !== null);
  if (options.json) {
    print(
      JSON.stringify({
        schema: 'regency/order@1',
        order: order.kind,
        server: to,
        outcome: outcome ?? 'not known',
        done: isDone === null ? null : last !== null,
        leader: last?.leader?.host ?? null,
      }),
    );
  } else if (outcome === null) {
    printError(
      `${to} was told to ${order.kind}, and did not say whether it does (${onOneLine(because)}): look who leads`,
    );
  } else if (outcome !== 'obeyed') {
    printError(`${to} refuses to ${order.kind}: ${REFUSALS[outcome]}`);
  } else if (last?.leader) {
    print(`${to} obeyed; ${last.leader.host} leads in term ${last.leader.term}`);
  } else if (isDone !== null) {
    printError(`${to} obeyed, and yet it has not come to it: see 'regency where', and the server's log`);
  } else print(`${to} obeyed`);
  return isWell ? 0 : 1;
}

/** Null: it did not come to that in time. */
async function waitFor(reach: Reach, isDone: (view: View) => boolean): Promise<View | null> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const view = await look(reach);
    if (isDone(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
  return null;
}
