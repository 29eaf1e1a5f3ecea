// What an operator orders a server to do [4.6], and what becomes of it. An order is obeyed or refused at once; what it set
// going is seen by asking.

import type { GiveOrder, Order, OrderOutcome } from '../message.ts';
import { elapsed, type Instant } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { takesNothing } from './fitness.ts';
import { discard } from './new-store.ts';
import { lowerMark } from './pool-time.ts';
import { orderPromotion, orderReformation } from './re-formation.ts';
import { standDown } from './stand-down.ts';
import type { Server } from './state.ts';

/** An order is bound to a boot and to an age: a stray copy of one would discard a store that has been mended since [4.8]. */
export function isFreshOrder(server: Server, { incarnation, stamp }: GiveOrder, now: Instant): boolean {
  const age = elapsed(stamp as number as Instant, now);
  return incarnation === server.incarnation && age >= 0 && age <= server.settings.strayAge;
}

export function obey(server: Server, order: Order, turn: ServerTurn): OrderOutcome {
  if (takesNothing(server)) return 'no room on its disk';
  switch (order.kind) {
    case 'lower-mark':
      return lowerMark(server, order.to, turn);
    case 're-form':
      return orderReformation(server, order.servers, turn);
    case 'promote':
      return orderPromotion(server, turn);
    case 'restored':
      // Only people know it of an image whose loss nobody has seen [14.15].
      if (server.register === null) return 'holds nothing';
      discard(server, 'an operator says that it is an older image', turn);
      return 'obeyed';
    case 'stand-down':
      return standDown(server, turn);
  }
}
