// Which server plays which role, by what processes say of themselves in their logs: a little later than it is so.

import { clientName } from '../pool/founding.ts';
import type { RoleResolver, World } from '../world/world.ts';
import type { LogLine } from './server-process.ts';

export class LoggedRoles implements RoleResolver {
  /** The one that took over last and has not stepped down or died since, or -1. */
  leader = -1;
  private candidate = -1;
  private successor = -1;
  private grantee = '';

  said(server: number, { kind, owner, to, of }: LogLine): void {
    if (kind === 'took over') {
      this.leader = server;
      this.candidate = -1;
      this.successor = -1;
    } else if (kind === 'stepped down') this.gone(server);
    else if (kind === 'stood') this.candidate = server;
    else if (kind === 'trial') this.successor = of as number;
    else if (kind === 'hand-over sent') this.successor = to as number;
    else if (kind === 'granted') this.grantee = owner as string;
  }

  gone(server: number): void {
    if (this.leader === server) this.leader = -1;
    if (this.candidate === server) this.candidate = -1;
  }

  resolve(role: string, world: World): number {
    switch (role) {
      case 'leader':
        return this.leader;
      case 'preferred':
        return 0;
      case 'next':
        return world.hosts.findIndex(
          (host, node) => node < world.servers && node !== this.leader && host.isUp,
        );
      case 'candidate':
        return this.candidate;
      case 'successor':
        return this.successor;
      case 'grantee':
        return world.hosts.findIndex((_, node) => clientName(node - world.servers) === this.grantee);
      default:
        return -1;
    }
  }
}
