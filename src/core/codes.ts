// biome-ignore-all format: one code a line
// The return codes of the license interface, by their standard names and numbers.
// `definite` tells the caller what it may assume: true = the call certainly took no token, now or later.
// It speaks of one answer to one sending; of a whole call, which may have been sent several times, `CallOutcome` says it.

export interface Code {
  readonly name: string;
  readonly number: number;
  /** True when this failure certainly had, and will have, no effect on the table. */
  readonly definite: boolean;
  readonly meaning: string;
}

const all: Code[] = [];

function code(name: string, number: number, definite: boolean, meaning: string): Code {
  const made = Object.freeze({ name, number, definite, meaning });
  all.push(made);
  return made;
}

export const LS_SUCCESS = code('LS_SUCCESS', 0, false, 'done');
export const LS_BADHANDLE = code('LS_BADHANDLE', 0xc8001001, true, 'the handle is unknown or destroyed');
export const LS_INSUFFICIENTUNITS = code('LS_INSUFFICIENTUNITS', 0xc8001002, true, 'not enough tokens for the units asked for');
export const LS_LICENSETERMINATED = code('LS_LICENSETERMINATED', 0xc8001004, true, 'the token was taken back: its key lifetime ran out');
export const LS_NOAUTHORIZATIONAVAILABLE = code('LS_NOAUTHORIZATIONAVAILABLE', 0xc8001005, true, 'this server has no license for that feature');
export const LS_NOLICENSESAVAILABLE = code('LS_NOLICENSESAVAILABLE', 0xc8001006, true, 'every token is taken');
export const LS_NORESOURCES = code('LS_NORESOURCES', 0xc8001007, false, 'memory or the like is short');
export const LS_NO_NETWORK = code('LS_NO_NETWORK', 0xc8001008, false, 'the network is not usable');
export const LS_NO_MSG_TEXT = code('LS_NO_MSG_TEXT', 0xc8001009, true, 'the text of the message could not be fetched');
export const LS_UNKNOWN_STATUS = code('LS_UNKNOWN_STATUS', 0xc800100a, true, 'a text was asked for a code that is not known');
export const LS_BAD_INDEX = code('LS_BAD_INDEX', 0xc800100b, true, 'the index of the enumeration is out of range');
export const LS_NO_MORE_UNITS = code('LS_NO_MORE_UNITS', 0xc800100c, true, 'there are no further units');
export const LS_LICENSE_EXPIRED = code('LS_LICENSE_EXPIRED', 0xc800100d, true, 'the end date has passed');
export const LS_BUFFER_TOO_SMALL = code('LS_BUFFER_TOO_SMALL', 0xc800100e, true, "the caller's buffer is too small");
export const LS_NO_SUCCESS = code('LS_NO_SUCCESS', 0xc800100f, false, 'it failed, for a reason that has no code');
export const LS_INSUFFICIENTUNITS_ON_FOLLOWER = code('LS_INSUFFICIENTUNITS_ON_FOLLOWER', 0xc8001013, true, 'the follower that was asked has too few tokens');

export const VLS_HOST_UNKNOWN = code('VLS_HOST_UNKNOWN', 3, true, "the server's name does not resolve");
export const VLS_NO_SERVER_RUNNING = code('VLS_NO_SERVER_RUNNING', 5, true, 'the host is there, the license server is not');
export const VLS_CALLING_ERROR = code('VLS_CALLING_ERROR', 11, true, 'bad arguments');
export const VLS_INTERNAL_ERROR = code('VLS_INTERNAL_ERROR', 12, false, 'the program itself is at fault');
export const VLS_NO_SERVER_RESPONSE = code('VLS_NO_SERVER_RESPONSE', 14, false, 'no reply in time');
export const VLS_NO_SUCH_FEATURE = code('VLS_NO_SUCH_FEATURE', 18, true, 'no license for that feature and version');
export const VLS_LOCAL_UPDATE = code('VLS_LOCAL_UPDATE', 21, true, 'handle status: last renewed locally');
export const VLS_REMOTE_UPDATE = code('VLS_REMOTE_UPDATE', 22, true, 'handle status: last renewed by a server');
export const VLS_BAD_SERVER_MESSAGE = code('VLS_BAD_SERVER_MESSAGE', 25, false, 'a message could not be decrypted or decoded');
export const VLS_CLK_TAMP_FOUND = code('VLS_CLK_TAMP_FOUND', 26, true, 'refused: clocks were set back');
export const VLS_NOT_AUTHORIZED = code('VLS_NOT_AUTHORIZED', 27, true, 'the caller may not do this');
export const VLS_NO_UPDATES_SO_FAR = code('VLS_NO_UPDATES_SO_FAR', 38, true, 'handle status: no renewal yet');
export const VLS_QUEUED_HANDLE = code('VLS_QUEUED_HANDLE', 40, false, 'handle status: waits for a token');
export const VLS_ACTIVE_HANDLE = code('VLS_ACTIVE_HANDLE', 41, false, 'handle status: holds a token');
export const VLS_NO_SUCH_CLIENT = code('VLS_NO_SUCH_CLIENT', 44, true, 'the server does not know this client');
export const VLS_LEADER_NOT_PRESENT = code('VLS_LEADER_NOT_PRESENT', 47, false, 'no leader right now');
export const VLS_SERVER_ALREADY_PRESENT = code('VLS_SERVER_ALREADY_PRESENT', 48, true, 'the server to be added is in the pool already');
export const VLS_SERVER_NOT_PRESENT = code('VLS_SERVER_NOT_PRESENT', 49, true, 'the server to be removed is not in the pool');
export const VLS_BAD_HOSTNAME = code('VLS_BAD_HOSTNAME', 51, true, 'the host name is invalid');
export const VLS_DIFF_LIB_VER = code('VLS_DIFF_LIB_VER', 52, true, 'the releases differ');
export const VLS_NON_REDUNDANT_SRVR = code('VLS_NON_REDUNDANT_SRVR', 53, true, 'a question about the pool to a server that is in none');
export const VLS_MSG_TO_LEADER = code('VLS_MSG_TO_LEADER', 54, false, 'ask the leader named in the hint');
export const VLS_CONTACT_FAILOVER_SERVER = code('VLS_CONTACT_FAILOVER_SERVER', 55, true, 'handle status: the next update goes along the failover list');
export const VLS_SERVER_FILE_SYNC = code('VLS_SERVER_FILE_SYNC', 59, true, 'no error: the license file is being synchronised');
export const VLS_POOL_FULL = code('VLS_POOL_FULL', 60, true, 'a pool has at most 11 servers');
export const VLS_ONLY_SERVER = code('VLS_ONLY_SERVER', 61, true, 'the last server of a pool cannot be removed');
export const VLS_MAJORITY_RULE_FAILURE = code('VLS_MAJORITY_RULE_FAILURE', 63, false, 'a majority of the pool is not up');
export const VLS_CONF_FILE_ERROR = code('VLS_CONF_FILE_ERROR', 64, true, 'the license file could not be read or changed');
export const VLS_NON_REDUNDANT_FEATURE = code('VLS_NON_REDUNDANT_FEATURE', 65, true, 'a pool operation on a license that is not redundant');
export const VLS_SERVER_SYNC_IN_PROGRESS = code('VLS_SERVER_SYNC_IN_PROGRESS', 82, true, 'the pool is synchronising, try again');
export const VLS_INVALID_LICENSE = code('VLS_INVALID_LICENSE', 92, true, 'the license string is invalid');
export const VLS_DUPLICATE_LICENSE = code('VLS_DUPLICATE_LICENSE', 93, true, 'the license string is there already');
export const VLS_LICENSE_START_DATE_NOT_REACHED = code('VLS_LICENSE_START_DATE_NOT_REACHED', 188, true, 'the start date lies ahead');
export const VLS_CHECKOUT_NOT_ALLOWED_FROM_NONPRIMARY_LEADER = code('VLS_CHECKOUT_NOT_ALLOWED_FROM_NONPRIMARY_LEADER', 221, true, 'only the most preferred server, as leader, checks out commuter tokens');
export const VLS_OPERATION_ONLY_ALLOWED_ON_LEADER_SERVER = code('VLS_OPERATION_ONLY_ALLOWED_ON_LEADER_SERVER', 244, true, 'followers refuse this: ask the leader');
export const VLS_LICENSE_UPGRADE_DENIED = code('VLS_LICENSE_UPGRADE_DENIED', 245, true, 'the update asked for more units than are free');
export const VLS_CLOCK_SKEW_ERROR = code('VLS_CLOCK_SKEW_ERROR', 264, true, "the client's clock is too far from the server's");

// Three codes exist on the wire only and are never shown to an application [§4].
/** This handle has ended: begin again with a new one. */
export const STALE = code('STALE', 0xffff0001, true, 'wire only: the handle has ended');
/** The license has expired on the Leader: ask the next server [§10]. */
export const MOVED = code('MOVED', 0xffff0002, true, 'wire only: the license expired, ask the next server');
/** Say Hello and send again; nothing was changed. */
export const HELLO = code('HELLO', 0xffff0003, true, 'wire only: say Hello first');

/** Every code above, in the order of its definition. */
export const ALL_CODES: readonly Code[] = all;

const byNumber = new Map(ALL_CODES.map((each) => [each.number, each]));

/** The code of that number, or undefined when no such code is known. */
export function codeOf(number: number): Code | undefined {
  return byNumber.get(number);
}

/** Name and number together, as people are shown it: `LS_LICENSE_EXPIRED (0xC800100D)`. */
export function formatCode(shown: Code): string {
  const number = shown.number > 0xffff ? `0x${shown.number.toString(16).toUpperCase()}` : String(shown.number);
  return `${shown.name} (${number})`;
}
