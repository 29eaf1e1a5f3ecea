// What a server tells its log: each event of the protocol as flat fields, for people or for programs.

import { formatHandle } from '../core/ids.ts';
import type { ServerEvent } from '../core/turn.ts';

/** What happens with every call; a busy pool has thousands a second. */
const OF_CALLS: ReadonlySet<ServerEvent['kind']> = new Set([
  'granted',
  'granted again',
  'renewed',
  'refused',
  'ended',
]);

export function isOfACall(event: ServerEvent): boolean {
  return OF_CALLS.has(event.kind);
}

export function asJsonLine(at: Date, server: string, what: object): string {
  return JSON.stringify({ at: at.toISOString(), server, ...what }, plain);
}

export function asTextLine(at: Date, server: string, what: object): string {
  const { kind, ...fields } = JSON.parse(JSON.stringify(what, plain)) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${asText(value)}`);
  return `${at.toISOString()} ${server} ${String(kind)}${pairs.join('')}`;
}

function asText(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/|-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Maps as objects; handles, which are bytes, as people see them. */
function plain(name: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (name === 'handle' && typeof value === 'string') return formatHandle(value);
  return value;
}
