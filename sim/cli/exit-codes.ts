// With which code `regency-sim` ends.

export const EXIT = {
  passed: 0,
  violated: 1,
  badInput: 2,
  nondeterminism: 3,
  harnessFailed: 4,
  notCovered: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
