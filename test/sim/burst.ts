// The simplest protocol there is: at true time 1 ms node 0 sends the same bytes so many times at once to node 1, which keeps
// what arrives and when.

import { FAULT_KINDS } from '../../sim/faults/index.ts';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import type { Machine, Port, Program } from '../../sim/world/machine.ts';
import { World } from '../../sim/world/world.ts';
import type { Instant } from '../../src/core/time.ts';

/** When the messages are sent, and how long an undisturbed one is under way. */
export const SENT_AT = 1000;
export const LINK_DELAY = 1000;

export class Burst implements Program {
  readonly bytes: Uint8Array;
  readonly times: number;
  readonly arrivals: number[] = [];
  readonly received: Uint8Array[] = [];

  constructor(bytes: Uint8Array, times: number) {
    this.bytes = bytes;
    this.times = times;
  }

  boot(_node: number, port: Port): Machine {
    return new BurstMachine(this, port);
  }
}

class BurstMachine implements Machine {
  private readonly burst: Burst;
  private readonly port: Port;

  constructor(burst: Burst, port: Port) {
    this.burst = burst;
    this.port = port;
  }

  start(): void {
    if (this.port.node === 0) this.port.wakeAt(SENT_AT as Instant);
  }

  wake(): void {
    const { bytes, times } = this.burst;
    for (let i = 0; i < times; i++) this.port.send(1, 0, bytes, bytes.length);
  }

  receive(_from: number, _connection: number, bytes: Uint8Array, length: number): void {
    this.burst.arrivals.push(this.port.trueTime());
    this.burst.received.push(bytes.slice(0, length));
  }

  noRoom(): void {}

  committed(): void {}
}

/** What arrived, after all of it has. */
export function burst(fault: FaultPlan, bytes: Uint8Array, times: number): Burst {
  const program = new Burst(bytes, times);
  const node = {
    program,
    disk: null,
    monotonicAt: 0,
    wallAt: 0,
    monotonicPpm: 0,
    syncFrom: 0,
    syncTo: 0,
  };
  const world = new World({
    seed: 8,
    nodes: [node, node],
    servers: 2,
    link: { delayFrom: LINK_DELAY, delayTo: LINK_DELAY },
    faults: [fault],
    faultKinds: FAULT_KINDS,
  });
  world.run(10_000_000);
  return program;
}
