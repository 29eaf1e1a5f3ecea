// The kinds of events on a world's agenda, as the numbers that digest and trace carry.

export const BOOT = 0;
export const DELIVERY = 1;
export const WAKE = 2;
/** The disk has carried out the batch that is under way. */
export const DISK_DONE = 3;
/** The machine is told so; a separate event only when the machine was paused in between. */
export const COMMITTED = 4;
export const FAULT_BEGINS = 5;
export const FAULT_ENDS = 6;
/** Something that the scenario's own part of the simulator asked for. */
export const CALL = 7;
/** A frame that came earlier reaches the machine of a slow node. */
export const LATE_DELIVERY = 8;
/** The machine is told that its disk was full; a separate event only when the machine was paused in between. */
export const NO_ROOM = 9;

const NAMES = [
  'boot',
  'delivery',
  'wake',
  'disk done',
  'committed',
  'fault begins',
  'fault ends',
  'call',
  'late delivery',
  'no room',
] as const;

export function eventName(kind: number): string {
  return NAMES[kind] ?? `kind ${kind}`;
}
