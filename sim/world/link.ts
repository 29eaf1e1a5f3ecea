// One direction between two nodes: its delay, and what faults have laid upon it. Faults add modifiers and take away just
// those again, so several of them may lie on one link at once.

import { type Chance, stream } from '../kernel/chance.ts';

/** The fate of one message, filled in by the link and its modifiers; one object serves all messages in turn. */
export class Passage {
  /** True time at which the message is sent. */
  sentAt = 0;
  length = 0;
  /** µs until it arrives. */
  delay = 0;
  isLost = false;
  /** How many further copies of it are under way, and their delays: the first `copies` entries, the rest is of older messages. */
  copies = 0;
  readonly copyDelays: number[] = [];
  /** A byte to spoil, and what to spoil it with (1 … 255); -1: none. */
  spoiledByte = -1;
  spoiledWith = 0;

  addCopy(delay: number): void {
    this.copyDelays[this.copies++] = delay;
  }
}

/**
 * What a fault does to every message on a link. All modifiers of a link are asked about each message, lost or not, and
 * each draws from its own stream: what one decides never shifts the draws of another.
 */
export interface LinkModifier {
  shape(passage: Passage, link: Link): void;
}

export class Link {
  readonly from: number;
  readonly to: number;
  readonly modifiers: LinkModifier[] = [];
  delayFrom: number;
  delayTo: number;
  private readonly delay: Chance;

  constructor(seed: number, from: number, to: number, delayFrom: number, delayTo: number) {
    this.from = from;
    this.to = to;
    this.delayFrom = delayFrom;
    this.delayTo = delayTo;
    this.delay = stream(seed, `delay ${from}→${to}`);
  }

  drawDelay(): number {
    return this.delay.between(this.delayFrom, this.delayTo);
  }

  add(modifier: LinkModifier): void {
    this.modifiers.push(modifier);
  }

  /** Takes that modifier away, if it is still there. */
  remove(modifier: LinkModifier): void {
    const index = this.modifiers.indexOf(modifier);
    if (index >= 0) this.modifiers.splice(index, 1);
  }
}
