// What a fault is aimed at: a node by number or by role, a group of servers, or a choice of links. Roles are resolved when the
// fault begins; what does not exist, or nobody plays, is simply not hit, so that a plan survives the shrinking of its pool.

import * as z from 'zod';
import { GROUPS, type Group, ROLES, type Target } from '../scenario/scenario.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier } from '../world/link.ts';
import type { World } from '../world/world.ts';
import { wholeNumber } from './fault.ts';

export const target = z.union([
  z.strictObject({ server: wholeNumber }),
  z.strictObject({ client: wholeNumber }),
  z.strictObject({ role: z.enum(ROLES) }),
]) satisfies z.ZodType<Target>;

/** One node, or a group of servers. */
export const aim = z.union([
  target,
  z.strictObject({ group: z.enum(GROUPS), from: wholeNumber }),
]) satisfies z.ZodType<Target | Group>;

/** The nodes aimed at; none, when there is nobody. */
export function nodesOf(world: World, aimed: Target | Group): readonly number[] {
  if (!('group' in aimed)) {
    const node = nodeOf(world, aimed);
    return node < 0 ? [] : [node];
  }
  const majority = Math.floor(world.servers / 2) + 1;
  const size = aimed.group === 'majority' ? majority : world.servers - majority;
  // The pool of a plan may have shrunk: it goes on from the first.
  return Array.from(
    { length: Math.max(0, Math.min(size, world.servers)) },
    (_, i) => (aimed.from + i) % world.servers,
  );
}

/** The node aimed at, or -1. */
export function nodeOf(world: World, aimed: Target): number {
  if ('role' in aimed) return world.resolveRole(aimed.role);
  if ('server' in aimed) return aimed.server < world.servers ? aimed.server : -1;
  const node = world.servers + aimed.client;
  return node < world.hosts.length ? node : -1;
}

export function describeTarget(aimed: Target): string {
  if ('role' in aimed) return `the ${aimed.role}`;
  return 'server' in aimed ? `s${aimed.server + 1}` : `c${aimed.client + 1}`;
}

export function describeAim(aimed: Target | Group): string {
  return 'group' in aimed ? `a ${aimed.group} from s${aimed.from + 1} on` : describeTarget(aimed);
}

/** Links, each in one direction. */
export const links = z.union([
  z.literal('all'),
  /** Between servers. */
  z.literal('servers'),
  /** All that clients ask for: from each of them to each server. */
  z.literal('from clients'),
  /** [from, to] by node number. */
  z.array(z.tuple([wholeNumber, wholeNumber])),
  /** Those of one node, seen from it. */
  z.strictObject({ of: target, way: z.enum(['in', 'out', 'both']), among: z.enum(['all', 'servers']) }),
]);

export type Links = z.infer<typeof links>;

/** Calls `visit` for each link chosen, in the order of node numbers. */
export function eachLink(world: World, chosen: Links, visit: (link: Link) => void): void {
  const nodes = world.hosts.length;
  if (Array.isArray(chosen)) {
    for (const [from, to] of chosen)
      if (from < nodes && to < nodes && from !== to) visit(world.network.link(from, to));
    return;
  }
  if (chosen === 'from clients') {
    for (let from = world.servers; from < nodes; from++) {
      for (let to = 0; to < world.servers; to++) visit(world.network.link(from, to));
    }
    return;
  }
  if (chosen === 'all' || chosen === 'servers') {
    const count = chosen === 'all' ? nodes : world.servers;
    for (let from = 0; from < count; from++) {
      for (let to = 0; to < count; to++) if (from !== to) visit(world.network.link(from, to));
    }
    return;
  }
  const node = nodeOf(world, chosen.of);
  if (node < 0) return;
  const count = chosen.among === 'all' ? nodes : world.servers;
  for (let other = 0; other < count; other++) {
    if (other === node) continue;
    if (chosen.way !== 'out') visit(world.network.link(other, node));
    if (chosen.way !== 'in') visit(world.network.link(node, other));
  }
}

/** Lays one modifier upon each link chosen. */
export function layOn(world: World, run: FaultRun, chosen: Links, make: (link: Link) => LinkModifier): void {
  eachLink(world, chosen, (link) => run.lay(link, make(link)));
}

export function describeLinks(chosen: Links): string {
  if (chosen === 'all') return 'on all links';
  if (chosen === 'servers') return 'between servers';
  if (chosen === 'from clients') return 'from clients to servers';
  if (Array.isArray(chosen)) return `on ${chosen.map(([from, to]) => `${from}→${to}`).join(' ')}`;
  const way = { in: 'to', out: 'from', both: 'to and from' }[chosen.way];
  return `${way} ${describeTarget(chosen.of)}${chosen.among === 'servers' ? ' among servers' : ''}`;
}
