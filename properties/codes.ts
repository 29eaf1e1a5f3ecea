// Which codes claim something about the table, and so need a round [§6, §10]. By number: a cloned world has other objects.

import {
  HELLO,
  LS_INSUFFICIENTUNITS,
  VLS_CALLING_ERROR,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_MSG_TO_LEADER,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';

/** Answers of a server that claim nothing about the table. A CALLING_ERROR may be given before or after a round. */
const CLAIMLESS: ReadonlySet<number> = new Set(
  [
    VLS_MSG_TO_LEADER,
    VLS_LEADER_NOT_PRESENT,
    VLS_MAJORITY_RULE_FAILURE,
    VLS_SERVER_SYNC_IN_PROGRESS,
    HELLO,
    VLS_CALLING_ERROR,
  ].map((code) => code.number),
);

/** LS_SUCCESS is 0 and by far the most frequent. The follower's answer to a moved update needs none: the MOVED had one. */
export function needsRound(answer: Answer, isMoved: boolean): boolean {
  const { number } = answer.code;
  if (number === 0) return true;
  if (number === LS_INSUFFICIENTUNITS.number && isMoved && answer.term === 0) return false;
  return !CLAIMLESS.has(number);
}
