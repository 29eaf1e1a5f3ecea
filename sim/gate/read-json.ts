// A file of the gate's own: bounded, of a known schema, and refused in one line. Never throws.

import { readFileSync, statSync } from 'node:fs';
import type { z } from 'zod';
import { complaintOf } from '../scenario/complaint.ts';

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

const MOST_BYTES = 1_000_000;

/** Why not, in words that go on from the file's name. */
export function readJson<T>(file: string, schema: string, shape: z.ZodType<T>): Read<T> {
  let text: string;
  try {
    if (statSync(file).size > MOST_BYTES) return refusal(`is longer than ${MOST_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refusal(code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? error})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusal('is no JSON');
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const named = (value as { schema?: unknown } | null)?.schema;
  if (named !== schema) return refusal(`is not of the schema ${schema}`);
  return refusal(`is wrong at ${complaintOf(parsed.error.issues[0]!, value)}`);
}

function refusal(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
