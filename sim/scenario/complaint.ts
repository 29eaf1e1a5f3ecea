// What is wrong with untrusted data, in one line: where (JSON path), what was expected, what was seen.

import type { z } from 'zod';

type Place = readonly PropertyKey[];

/** `faults[2].until: expected …, saw …` for the first issue. */
export function complaintOf(issue: z.core.$ZodIssue, data: unknown, at: Place = []): string {
  const seen = valueAt(data, issue.path);
  return complaint(
    [...at, ...issue.path],
    expectedBy(issue),
    issue.code === 'unrecognized_keys' ? quoted(issue.keys) : show(seen),
  );
}

export function complaint(at: Place, expected: string, seen: string): string {
  return `${pathText(at)}: expected ${expected}, saw ${seen}`;
}

/** A value as a reader recognises it, cut to a length that fits one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing (the field is missing)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `${sizeOf(issue.origin)} ${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`;
    case 'too_big':
      return `${sizeOf(issue.origin)} ${issue.inclusive === false ? 'below' : 'of at most'} ${issue.maximum}`;
    case 'unrecognized_keys':
      return 'only the fields that belong here';
    case 'invalid_union':
      return 'one of the shapes that this field may have';
    case 'invalid_format':
      return `text of the form ${issue.pattern ?? issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function sizeOf(origin: string): string {
  if (origin === 'array' || origin === 'set') return 'a list with a length';
  if (origin === 'string') return 'text with a length';
  if (origin === 'int') return 'an integer';
  return 'a number';
}

function quoted(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map((key) => show(key));
  return `${shown.join(', ')}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''}`;
}

function pathText(at: Place): string {
  if (at.length === 0) return 'the scenario';
  return at
    .map((part, place) =>
      typeof part === 'number' ? `[${part}]` : `${place === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function valueAt(data: unknown, path: Place): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
