// How a plan says that its fault waits for a milestone of the protocol. Kinds that take their end from the plan's own times
// do not have it: a fault that waits begins later, and lasts as long.

import * as z from 'zod';
import type { MilestonePlan } from '../scenario/scenario.ts';
import { milliseconds, positive, wholeNumber } from './fault.ts';
import { describeTarget, target } from './target.ts';

/** Absent: the fault begins at its time. */
export const when: z.ZodType<MilestonePlan | undefined> = z
  .strictObject({
    milestone: z.string().min(1),
    of: target.optional(),
    nth: positive.optional(),
    delay: wholeNumber,
    before: wholeNumber.optional(),
  })
  .optional();

/** ``, 5 ms after "froze" of the leader, time 3`: without what goes without saying; nothing for a plan that goes by time. */
export function describeWhen(plan: MilestonePlan | undefined): string {
  if (plan === undefined) return '';
  const { milestone, of, nth, delay } = plan;
  const after = delay === 0 ? 'at' : `${milliseconds(delay)} after`;
  const whose = of === undefined ? '' : ` of ${describeTarget(of)}`;
  return `, ${after} "${milestone}"${whose}${(nth ?? 1) > 1 ? `, time ${nth}` : ''}`;
}
