// Which server plays which role now: what a fault that is aimed at a role is resolved by.

import type { Server } from '../../src/core/server/state.ts';
import type { RoleResolver, World } from '../world/world.ts';
import { ServerMachine } from './server-machine.ts';

function serverAt(world: World, node: number): Readonly<Server> | undefined {
  const machine = world.machine(node);
  return machine instanceof ServerMachine ? machine.view?.server : undefined;
}

/** The node that leads in the highest term, or -1. */
function leaderOf(world: World): number {
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

export class PoolRoles implements RoleResolver {
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
      default:
        return -1;
    }
  }
}
