// The names of all milestones that faults may wait for: what a server notes of itself, and when a batch of writes goes to
// its disk and is on it; what a client library notes. Machines tell no others, and the loader knows no others.

export const MILESTONES = [
  'canvassed',
  'stood',
  'elected',
  'took over',
  'stepped down',
  'follows',
  'granted',
  'granted again',
  'renewed',
  'refused',
  'ended',
  'expired',
  'purged',
  'admitted',
  'store lost',
  'discarded',
  'joined',
  'state fetched',
  'state refused',
  'trial',
  'trial missed',
  'froze',
  'hand-over sent',
  'hand-over aborted',
  'sync handed',
  'synced',
  'holds',
  'holds no more',
] as const;

export type MilestoneName = (typeof MILESTONES)[number];
