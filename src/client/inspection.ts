// Asks one server what it holds to be true [4.7], as an operator.

import type { Host } from '../core/ids.ts';
import type { Report } from '../core/message.ts';
import type { Keys } from '../node/keys.ts';
import { callAsOperator } from './operator-call.ts';

export interface Inspection {
  readonly host: Host;
  readonly address: string;
  /** Null: there is none, and `because` says why. */
  readonly report: Report | null;
  readonly because: string;
}

/** Never rejects. `keys`: those of an operator; null: in plain text. */
export async function inspect(host: Host, address: string, keys: Keys | null): Promise<Inspection> {
  const { reply, because } = await callAsOperator(host, address, keys, { kind: 'inspect' });
  if (reply?.kind === 'report') return { host, address, report: reply, because: '' };
  return { host, address, report: null, because: reply === null ? because : 'what it answers is no report' };
}
