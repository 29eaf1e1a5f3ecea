// A run as a log for ShiViz: two lines an event, `host {vector clock}` and then what happened. The clocks are those of the causal order
// that was recorded: an event comes after all of its node, and after the one that sent what arrives. ShiViz reads it with its default
// expression, (?<host>\S*) (?<clock>{.*})\n(?<event>.*)

import type { Recording } from '../explain/recording.ts';
import { eventText, secondsText } from '../explain/words.ts';

export function shivizOf({ events }: Recording): string {
  const now = new Map<string, Map<string, number>>();
  /** By event, of those that others may come after. */
  const after = new Map<number, ReadonlyMap<string, number>>();
  const senders = new Set(events.filter(({ from }) => from !== undefined).map(({ cause }) => cause));
  const lines: string[] = [];
  for (const event of events) {
    const { id, at, node, from, cause } = event;
    if (node === undefined) continue;
    const clock = now.get(node) ?? new Map<string, number>();
    now.set(node, clock);
    if (from !== undefined) {
      for (const [other, count] of after.get(cause) ?? [])
        clock.set(other, Math.max(count, clock.get(other) ?? 0));
    }
    clock.set(node, (clock.get(node) ?? 0) + 1);
    if (senders.has(id)) after.set(id, new Map(clock));
    const text = eventText(event).replaceAll('\n', ' ');
    lines.push(`${node} ${JSON.stringify(Object.fromEntries(clock))}`, `${secondsText(at)} #${id} ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
