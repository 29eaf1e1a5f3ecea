// Gives one server an order [4.6], as an operator: bound to the boot and the instant that its report has just shown [4.8].

import type { Host } from '../core/ids.ts';
import type { Order, OrderOutcome } from '../core/message.ts';
import type { Keys } from '../node/keys.ts';
import { inspect } from './inspection.ts';
import { callAsOperator } from './operator-call.ts';

export interface Ordered {
  /** Null: it is not known whether it was obeyed if `wasSent`, and else it certainly was not; `because` says why. */
  readonly outcome: OrderOutcome | null;
  readonly wasSent: boolean;
  readonly because: string;
}

/** Never rejects. */
export async function giveOrder(
  host: Host,
  address: string,
  keys: Keys | null,
  order: Order,
): Promise<Ordered> {
  const { report, because } = await inspect(host, address, keys);
  if (report === null) return { outcome: null, wasSent: false, because };
  const { incarnation, stamp } = report;
  const told = await callAsOperator(host, address, keys, { kind: 'order', incarnation, stamp, order });
  if (told.reply?.kind === 'order-reply') return { outcome: told.reply.outcome, wasSent: true, because: '' };
  return {
    outcome: null,
    wasSent: true,
    because: told.reply === null ? told.because : 'it answers something else',
  };
}
