// The one inequality between clients and the pool [§9]: a handle's units are not reused before its holder has stopped.

import type { Duration } from './time.ts';

/**
 * How long the pool keeps a handle without hearing of it: D ≥ life · (1+ρ)/(1−ρ), rounded up. `driftPpm` = ρ in parts
 * per million, 0 … 100 000.
 */
export function holdOf(life: Duration, driftPpm: number): Duration {
  return (Math.ceil(life * ((1_000_000 + driftPpm) / (1_000_000 - driftPpm))) + 1) as Duration;
}
