// Who is enough [§15]: a majority of the configured members; in a pool of two the first weighs 2 and the second 1;
// in the joint phase of a membership change a quorum of the old members as well [§13].
// Counted over a tally, one byte a slot, so that counting allocates nothing.

import type { Slot } from '../ids.ts';
import type { Membership } from '../state.ts';

/** One byte a slot: 1 = this slot's vote or acknowledgement counts. */
export type Tally = Uint8Array;

function isMajority(members: readonly Slot[], tally: Tally): boolean {
  if (members.length === 2) return tally[members[0]!] === 1;
  let count = 0;
  for (let i = 0; i < members.length; i++) count += tally[members[i]!]!;
  return 2 * count > members.length;
}

/** True when the slots marked in `tally` are a quorum of `membership`. */
export function isQuorum(membership: Membership, tally: Tally): boolean {
  return (
    isMajority(membership.members, tally) &&
    (membership.oldMembers === null || isMajority(membership.oldMembers, tally))
  );
}

/** Place in the order of preference, 0 = best; a server outside the set comes after all of it. */
export function rankOf(members: readonly Slot[], slot: Slot): number {
  const place = members.indexOf(slot);
  return place < 0 ? members.length : place;
}

export function isInSet(membership: Membership, slot: Slot): boolean {
  return membership.members.includes(slot) || (membership.oldMembers?.includes(slot) ?? false);
}

/** Members and, in a joint phase, previous members; each once, in order. */
export function everybody(membership: Membership): readonly Slot[] {
  const { members, oldMembers } = membership;
  if (oldMembers === null) return members;
  return [...members, ...oldMembers.filter((slot) => !members.includes(slot))];
}
