// Whether a license file may come into force [12.5]: it must be readable; who its servers are is for §13.

import type { Host } from '../ids.ts';
import { readPoolFile } from '../pool-file-text.ts';

/** The hosts of its servers, the best first, or why it may not. */
export function verifyFile(body: Uint8Array): readonly Host[] | string {
  const reading = readPoolFile(body);
  if (reading.ok) return reading.file.servers.map(({ host }) => host);
  const { line, column, expected, seen } = reading.complaints[0]!;
  return `${line}:${column}: expected ${expected}, saw ${seen}`;
}
