// Which events may have had to do with which: what asked for an event, and all that its node went through before; and the same
// forwards. The page asks for one event at a time, so it goes through all of them once.

import type { EventData, RunData } from './data.ts';

/** The ids of its causal past, itself included. */
export function pastOf({ events, firstId }: RunData, id: number): Set<number> {
  const past = new Set([id]);
  const nodes = new Set<number>();
  for (let place = id - firstId; place >= 0; place--) {
    const event = events[place]!;
    const touched = nodesOf(event);
    if (!past.has(event.id) && !touched.some((node) => nodes.has(node))) continue;
    past.add(event.id);
    for (const node of touched) nodes.add(node);
    if (event.cause > 0) past.add(event.cause);
  }
  return past;
}

/** The ids of all that it may have had to do with later, itself included. */
export function futureOf({ events, firstId }: RunData, id: number): Set<number> {
  const future = new Set([id]);
  const nodes = new Set<number>();
  for (let place = id - firstId; place < events.length; place++) {
    const event = events[place]!;
    const touched = nodesOf(event);
    if (!future.has(event.id) && !future.has(event.cause) && !touched.some((node) => nodes.has(node)))
      continue;
    future.add(event.id);
    for (const node of touched) nodes.add(node);
  }
  return future;
}

function nodesOf({ node, touched }: EventData): number[] {
  return node < 0 ? [...touched] : [node, ...touched];
}
