// How a plan says that its fault waits for a milestone of the protocol. Kinds that take their end from the plan's own times
// do not have it: a fault that waits begins later, and lasts as long.

import * as z from 'zod';
import type { MilestonePlan } from '../world/milestones.ts';
import { positive, wholeNumber } from './fault.ts';
import { target } from './target.ts';

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
