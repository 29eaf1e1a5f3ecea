// What is to be the same in the simulator and on real servers: who led, one after the other, and what became of each client's
// requests, in its order. When it was, and what hangs on that, differs.

import { serverHost } from '../../sim/pool/founding.ts';
import type { Observer } from '../../sim/pool/observer.ts';

interface Said {
  readonly kind: string;
  readonly [field: string]: unknown;
}

export class Notes {
  readonly leaders: string[] = [];
  readonly byOwner: { [owner: string]: string[] } = {};

  hear(server: number, said: Said): void {
    const { kind, viaHandOver, key, units, code, reason } = said;
    if (kind === 'took over') this.leaders.push(`${serverHost(server)}${viaHandOver ? ' by hand-over' : ''}`);
    else if (kind === 'granted') this.of(said).push(`${units} of ${key} granted`);
    else if (kind === 'refused')
      this.of(said).push(`${units} of ${key} refused: ${(code as { name: string }).name}`);
    else if (kind === 'ended') this.of(said).push(`${units} of ${key} ${reason}`);
  }

  private of({ owner }: Said): string[] {
    this.byOwner[owner as string] ??= [];
    return this.byOwner[owner as string]!;
  }
}

/** Hears what simulated servers note. */
export function hearing(notes: Notes): Observer {
  return { serverNoted: (_at, server, event) => notes.hear(server, event) };
}
