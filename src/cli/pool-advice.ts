// What is allowed in a pool file and yet probably not meant: numbers of servers that survive less than people expect.

import { formatCode, VLS_MAJORITY_RULE_FAILURE } from '../core/codes.ts';

/** One sentence for each reason to think again; none when there is none. */
export function adviceOnServers(count: number): string[] {
  if (count === 2) {
    const refusal = formatCode(VLS_MAJORITY_RULE_FAILURE);
    return [
      `a pool of two is in safe mode: without the first server, the second answers ${refusal}; take three`,
    ];
  }
  if (count >= 4 && count % 2 === 0) {
    const losses = Math.floor((count - 1) / 2);
    return [`${count} servers survive the loss of ${losses}, as ${count - 1} do: take an odd number`];
  }
  return [];
}
