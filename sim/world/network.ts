// Every pair of nodes is joined by two links, one per direction. A sent message becomes a frame on the agenda at once:
// what happens to it is decided when it is sent, not when it arrives.

import type { Agenda } from '../kernel/agenda.ts';
import { DELIVERY } from './event-kind.ts';
import { type Frame, FramePool } from './frame.ts';
import { Link, Passage } from './link.ts';

export interface LinkDelay {
  /** Smallest and largest delay of an undisturbed message, µs. */
  readonly delayFrom: number;
  readonly delayTo: number;
}

/** Told of messages that are lost on their way. */
export interface LossWatcher {
  frameLost(from: number, to: number): void;
}

export class Network {
  readonly nodes: number;
  /** Messages handed over to be sent, and those of them that were lost on their way. */
  sent = 0;
  lost = 0;
  watcher: LossWatcher | null = null;
  private readonly seed: number;
  private readonly agenda: Agenda;
  private readonly usual: LinkDelay;
  private readonly links: (Link | null)[] = [];
  private readonly frames: FramePool;
  private readonly passage = new Passage();

  constructor(seed: number, nodes: number, usual: LinkDelay, agenda: Agenda) {
    this.seed = seed;
    this.nodes = nodes;
    this.usual = usual;
    this.agenda = agenda;
    this.frames = new FramePool(nodes);
    for (let i = 0; i < nodes * nodes; i++) this.links.push(null);
  }

  link(from: number, to: number): Link {
    const at = from * this.nodes + to;
    return this.links[at] ?? this.opened(at, from, to);
  }

  send(from: number, to: number, connection: number, bytes: Uint8Array, length: number): void {
    this.sent++;
    const now = this.agenda.now;
    if (from === to) {
      this.dispatch(now, to, this.frames.take(from, connection, bytes, length));
      return;
    }
    const link = this.link(from, to);
    if (link.modifiers.length === 0) {
      this.dispatch(now + link.drawDelay(), to, this.frames.take(from, connection, bytes, length));
      return;
    }
    const passage = this.shaped(link, now, length);
    if (passage.isLost) {
      this.lost++;
      this.watcher?.frameLost(from, to);
    } else {
      const frame = this.frames.take(from, connection, bytes, length);
      if (passage.spoiledByte >= 0) frame.bytes[passage.spoiledByte]! ^= passage.spoiledWith;
      this.dispatch(now + passage.delay, to, frame);
    }
    for (let i = 0; i < passage.copies; i++) {
      this.dispatch(now + passage.copyDelays[i]!, to, this.frames.take(from, connection, bytes, length));
    }
  }

  /** A frame of its own with the same content. */
  copyOf({ from, connection, bytes, length }: Frame): Frame {
    return this.frames.take(from, connection, bytes, length);
  }

  /** A frame that was under way and will not arrive. */
  lose(frame: Frame, to: number): void {
    this.lost++;
    this.watcher?.frameLost(frame.from, to);
    this.release(frame);
  }

  /** A frame that was delivered, or dropped, is free again. */
  release(frame: Frame): void {
    this.frames.release(frame);
  }

  private dispatch(at: number, to: number, frame: Frame): void {
    this.agenda.schedule(at, DELIVERY, to, 0, 0, frame);
  }

  private shaped(link: Link, now: number, length: number): Passage {
    const passage = this.passage;
    passage.sentAt = now;
    passage.length = length;
    passage.delay = link.drawDelay();
    passage.isLost = false;
    passage.copies = 0;
    passage.spoiledByte = -1;
    const modifiers = link.modifiers;
    for (let i = 0; i < modifiers.length; i++) modifiers[i]!.shape(passage, link);
    return passage;
  }

  private opened(at: number, from: number, to: number): Link {
    const link = new Link(this.seed, from, to, this.usual.delayFrom, this.usual.delayTo);
    this.links[at] = link;
    return link;
  }
}
