// Which node plays which role now: what a fault that is aimed at a role is resolved by.

import { hostOf, type Server } from '../../src/core/server/state.ts';
import type { RoleResolver, World } from '../world/world.ts';
import { clientName, serverHost } from './founding.ts';
import type { RunContext } from './run-context.ts';
import { ServerMachine } from './server-machine.ts';

export function serverAt(world: World, node: number): Readonly<Server> | undefined {
  const machine = world.machine(node);
  return machine instanceof ServerMachine ? machine.view?.server : undefined;
}

/** The node that leads in the highest term, or -1. */
export function leaderOf(world: World): number {
  let leader = -1;
  let highest = 0;
  for (let node = 0; node < world.servers; node++) {
    const role = serverAt(world, node)?.role;
    if (role?.kind === 'leader' && role.term > highest) {
      leader = node;
      highest = role.term;
    }
  }
  return leader;
}

/** To whom the Leader offers its lead, from the trial on, or -1. */
function successorOf(world: World): number {
  const leader = leaderOf(world);
  const server = leader < 0 ? undefined : serverAt(world, leader);
  if (server?.role.kind !== 'leader' || server.role.handOver === null || server.register === null) return -1;
  const host = hostOf(server.register, server.role.handOver.to);
  for (let node = 0; node < world.servers; node++) if (serverHost(node) === host) return node;
  return -1;
}

export class PoolRoles implements RoleResolver {
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  /** The client that was granted a token last, or -1. */
  private grantee(world: World): number {
    for (let node = world.servers; node < world.hosts.length; node++) {
      if (clientName(node - world.servers) === this.context.lastGrantee) return node;
    }
    return -1;
  }

  resolve(role: string, world: World): number {
    switch (role) {
      case 'leader':
        return leaderOf(world);
      case 'preferred':
        return 0;
      case 'next': {
        const leader = leaderOf(world);
        for (let node = 0; node < world.servers; node++) {
          if (node !== leader && serverAt(world, node) !== undefined) return node;
        }
        return -1;
      }
      case 'candidate':
        for (let node = 0; node < world.servers; node++) {
          if (serverAt(world, node)?.role.kind === 'candidate') return node;
        }
        return -1;
      case 'successor':
        return successorOf(world);
      case 'grantee':
        return this.grantee(world);
      default:
        return -1;
    }
  }
}
