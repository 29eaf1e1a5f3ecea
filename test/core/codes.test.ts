import { describe, expect, it } from 'vitest';
import * as codes from '../../src/core/codes.ts';
import { ALL_CODES, codeOf, formatCode } from '../../src/core/codes.ts';

describe('codes', () => {
  it('have names and numbers of their own', () => {
    expect(new Set(ALL_CODES.map((code) => code.name)).size).toBe(ALL_CODES.length);
    expect(new Set(ALL_CODES.map((code) => code.number)).size).toBe(ALL_CODES.length);
  });

  it('are exported by the names that they carry', () => {
    const exported = codes as unknown as Record<string, unknown>;
    for (const code of ALL_CODES) expect(exported[code.name]).toBe(code);
  });

  it('are found again by their numbers, which are unsigned and of 32 bits', () => {
    for (const code of ALL_CODES) {
      expect(codeOf(code.number)).toBe(code);
      expect(code.number >>> 0).toBe(code.number);
    }
    expect(codeOf(1)).toBeUndefined();
    expect(codeOf(Number.NaN)).toBeUndefined();
  });

  it('are shown to people with name and number together', () => {
    expect(formatCode(codes.LS_LICENSE_EXPIRED)).toBe('LS_LICENSE_EXPIRED (0xC800100D)');
    expect(formatCode(codes.VLS_POOL_FULL)).toBe('VLS_POOL_FULL (60)');
    expect(formatCode(codes.LS_SUCCESS)).toBe('LS_SUCCESS (0)');
  });

  it('promise that no token was taken only where no answer can have been lost', () => {
    const uncertain = ALL_CODES.filter((code) => !code.definite).map((code) => code.name);
    expect(uncertain.sort()).toEqual([
      'LS_NORESOURCES',
      'LS_NO_NETWORK',
      'LS_NO_SUCCESS',
      'LS_SUCCESS',
      'VLS_ACTIVE_HANDLE',
      'VLS_BAD_SERVER_MESSAGE',
      'VLS_INTERNAL_ERROR',
      'VLS_LEADER_NOT_PRESENT',
      'VLS_MAJORITY_RULE_FAILURE',
      'VLS_MSG_TO_LEADER',
      'VLS_NO_SERVER_RESPONSE',
      'VLS_QUEUED_HANDLE',
    ]);
  });
});
