// The return codes of the license interface, by their standard names and numbers.
// `definite` tells the caller what it may assume: true = the call certainly took no token, now or later.

export interface Code {
  readonly name: string;
  readonly number: number;
  /** True when this failure certainly had, and will have, no effect on the table. */
  readonly definite: boolean;
  readonly meaning: string;
}

function code(name: string, number: number, definite: boolean, meaning: string): Code {
  return Object.freeze({ name, number, definite, meaning });
}

export const LS_SUCCESS = code('LS_SUCCESS', 0, false, 'done');
export const LS_BADHANDLE = code('LS_BADHANDLE', 0xc8001001, true, 'the handle is unknown or destroyed');
export const LS_INSUFFICIENTUNITS = code('LS_INSUFFICIENTUNITS', 0xc8001002, true, 'not enough tokens for the units asked for');
export const LS_LICENSETERMINATED = code('LS_LICENSETERMINATED', 0xc8001004, true, 'the token was taken back: its key lifetime ran out');
export const LS_NOLICENSESAVAILABLE = code('LS_NOLICENSESAVAILABLE', 0xc8001006, true, 'every token is taken');
export const LS_LICENSE_EXPIRED = code('LS_LICENSE_EXPIRED', 0xc800100d, true, 'the end date has passed');
export const VLS_CALLING_ERROR = code('VLS_CALLING_ERROR', 11, true, 'bad arguments');
export const VLS_NO_SERVER_RESPONSE = code('VLS_NO_SERVER_RESPONSE', 14, false, 'no reply in time');
export const VLS_NO_SUCH_FEATURE = code('VLS_NO_SUCH_FEATURE', 18, true, 'no license for that feature and version');
export const VLS_REMOTE_UPDATE = code('VLS_REMOTE_UPDATE', 22, true, 'handle status: last renewed by a server');
export const VLS_CLK_TAMP_FOUND = code('VLS_CLK_TAMP_FOUND', 26, true, 'refused: clocks were set back');
export const VLS_NO_UPDATES_SO_FAR = code('VLS_NO_UPDATES_SO_FAR', 38, true, 'handle status: no renewal yet');
export const VLS_LEADER_NOT_PRESENT = code('VLS_LEADER_NOT_PRESENT', 47, false, 'no leader right now');
export const VLS_MSG_TO_LEADER = code('VLS_MSG_TO_LEADER', 54, false, 'ask the leader named in the hint');
export const VLS_CONTACT_FAILOVER_SERVER = code('VLS_CONTACT_FAILOVER_SERVER', 55, true, 'handle status: the next update goes along the failover list');
export const VLS_MAJORITY_RULE_FAILURE = code('VLS_MAJORITY_RULE_FAILURE', 63, false, 'a majority of the pool is not up');
export const VLS_SERVER_SYNC_IN_PROGRESS = code('VLS_SERVER_SYNC_IN_PROGRESS', 82, true, 'the pool is synchronising, try again');
export const VLS_LICENSE_START_DATE_NOT_REACHED = code('VLS_LICENSE_START_DATE_NOT_REACHED', 188, true, 'the start date lies ahead');

// Three codes exist on the wire only and are never shown to an application [§4].
/** This handle has ended: begin again with a new one. */
export const STALE = code('STALE', 0xffff0001, true, 'wire only: the handle has ended');
/** The license has expired on the Leader: ask the next server [§10]. */
export const MOVED = code('MOVED', 0xffff0002, true, 'wire only: the license expired, ask the next server');
/** Say Hello and send again; nothing was changed. */
export const HELLO = code('HELLO', 0xffff0003, true, 'wire only: say Hello first');

const ALL: readonly Code[] = [
  LS_SUCCESS, LS_BADHANDLE, LS_INSUFFICIENTUNITS, LS_LICENSETERMINATED, LS_NOLICENSESAVAILABLE, LS_LICENSE_EXPIRED,
  VLS_CALLING_ERROR, VLS_NO_SERVER_RESPONSE, VLS_NO_SUCH_FEATURE, VLS_REMOTE_UPDATE, VLS_CLK_TAMP_FOUND,
  VLS_NO_UPDATES_SO_FAR, VLS_LEADER_NOT_PRESENT, VLS_MSG_TO_LEADER, VLS_CONTACT_FAILOVER_SERVER,
  VLS_MAJORITY_RULE_FAILURE, VLS_SERVER_SYNC_IN_PROGRESS, VLS_LICENSE_START_DATE_NOT_REACHED, STALE, MOVED, HELLO,
];

const byNumber = new Map(ALL.map((each) => [each.number, each]));

/** The code of that number, or undefined when no such code is known. */
export function codeOf(number: number): Code | undefined {
  return byNumber.get(number);
}

/** Name and number together, as people are shown it: `LS_LICENSE_EXPIRED (0xC800100D)`. */
export function formatCode(shown: Code): string {
  const number = shown.number > 0xffff ? `0x${shown.number.toString(16).toUpperCase()}` : String(shown.number);
  return `${shown.name} (${number})`;
}
