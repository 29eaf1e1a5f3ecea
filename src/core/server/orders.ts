// What an operator orders a server to do [4.6], and what becomes of it. An order is obeyed or refused at once; what it set
// going is seen by asking.

import type { Order, OrderOutcome } from '../message.ts';
import type { ServerTurn } from '../turn.ts';
import { takesNothing } from './fitness.ts';
import { discard } from './new-store.ts';
import { lowerMark } from './pool-time.ts';
import { orderPromotion, orderReformation } from './re-formation.ts';
import type { Server } from './state.ts';

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
  }
}
