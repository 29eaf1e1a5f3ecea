// Which stores were set back to an older image of their disk, seen from outside: a boot finds less of a store than was on
// its disk before. Where nobody who could be deceived has seen what was lost, no protocol can notice it [14.15]: from then
// on only what holds for every image is asserted. Only restored images do that; other faults give a server a new store.

import type { ServerIndex } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import {
  comparePositions,
  type Incarnation,
  isAtOrAfter,
  type Position,
  type StoreId,
  type Term,
} from '../src/core/ids.ts';
import type { ServerMessage } from '../src/core/message.ts';
import { enoughOf, weightOf } from './quorum.ts';

/** The most that a store's disk ever had. */
interface Most {
  position: Position | null;
  promised: Term;
  bootSequence: number;
  wasMember: boolean;
}

/** A store that runs although it forgot something. */
interface Image {
  readonly store: StoreId;
  readonly position: Position | null;
  readonly incarnation: Incarnation;
}

export class SetBacks {
  /** A store has run whose loss not all had seen whom it could deceive. */
  hasHidden = false;
  private readonly servers: number;
  private readonly most = new Map<StoreId, Most>();
  /** By server: its present boot found less of its store than there was once, be it only the number of a boot. */
  private readonly isSetBack: boolean[] = [];
  /** By server: the image that it runs on; null = its store is whole. */
  private readonly images: (Image | null)[] = [];
  private running = 0;
  /** By server: the highest position of each store that reached it, in the header of a message or told, since it booted. */
  private readonly seen: Map<StoreId, Position>[] = [];
  /** Where none are, no boot may find less than there was. */
  readonly areImagesPlanned: boolean;

  constructor(servers: number, areImagesPlanned: boolean) {
    this.servers = servers;
    this.areImagesPlanned = areImagesPlanned;
    for (let i = 0; i < servers; i++) {
      this.isSetBack.push(false);
      this.images.push(null);
      this.seen.push(new Map());
    }
  }

  /** Whether the server's present boot began with less than its store once had. */
  wasSetBack(server: ServerIndex): boolean {
    return this.isSetBack[server]!;
  }

  booted(server: ServerIndex, view: ServerView, views: readonly (ServerView | null)[]): void {
    this.forget(server);
    this.seen[server]!.clear();
    const { store, position, promised, bootSequence, isMember } = view.durable;
    const most = this.most.get(store);
    this.isSetBack[server] = false;
    if (most !== undefined) {
      const losesPosition = !isAtOrAfter(position, most.position);
      const loses = losesPosition || promised < most.promised || (most.wasMember && !isMember);
      // The number of this boot is not on the disk yet.
      this.isSetBack[server] = loses || bootSequence - 1 < most.bootSequence;
      if (loses) {
        this.images[server] = { store, position, incarnation: view.server.incarnation };
        this.running++;
      }
    }
    this.note(view, bootSequence - 1);
    if (this.running > 0) this.judge(views);
  }

  crashed(server: ServerIndex, views: readonly (ServerView | null)[]): void {
    this.forget(server);
    if (this.running > 0) this.judge(views);
  }

  /** Whether that boot of the server runs on a store that forgot something. */
  isOfImage(server: ServerIndex, incarnation: Incarnation): boolean {
    return this.images[server]?.incarnation === incarnation;
  }

  /** Seen by itself: what the server keeps of it is its own affair. */
  arrived(to: ServerIndex, message: ServerMessage, receiver: ServerView | null): void {
    if (!this.areImagesPlanned || receiver === null || receiver.server.register === null) return;
    const { store, durable } = message.header;
    if (durable !== null) this.see(to, store, durable);
    if (message.kind !== 'vote' && message.kind !== 'append') return;
    for (const witness of message.witnessed) this.see(to, witness.store, witness.position);
  }

  private see(to: ServerIndex, store: StoreId, position: Position): void {
    const seen = this.seen[to]!;
    const known = seen.get(store);
    if (known === undefined || comparePositions(position, known) > 0) seen.set(store, position);
  }

  /** The server gave its store up. */
  discarded(server: ServerIndex): void {
    this.forget(server);
  }

  committed(view: ServerView): void {
    this.note(view, view.durable.bootSequence);
  }

  private note(view: ServerView, bootSequence: number): void {
    const { store, position, promised, isMember } = view.durable;
    const most = this.most.get(store);
    if (most === undefined) {
      this.most.set(store, { position, promised, bootSequence, wasMember: isMember });
      return;
    }
    if (isAtOrAfter(position, most.position)) most.position = position;
    if (promised > most.promised) most.promised = promised;
    if (bootSequence > most.bootSequence) most.bootSequence = bootSequence;
    if (isMember) most.wasMember = true;
  }

  private forget(server: ServerIndex): void {
    if (this.images[server] === null) return;
    this.images[server] = null;
    this.running--;
  }

  /**
   * Witnessed: whoever leads or stands has seen more of the store than the image holds, and the image and the servers that
   * have not are no quorum. Then every later winner has a voter that has, and learns it from that vote; and nobody counts
   * the image before it is found out.
   */
  private judge(views: readonly (ServerView | null)[]): void {
    // Whatever else made a store forget is no excuse.
    if (!this.areImagesPlanned) return;
    for (let server = 0; server < this.servers; server++) {
      const image = this.images[server]!;
      if (image === null) continue;
      let deceived = weightOf(this.servers, server);
      for (let other = 0; other < this.servers; other++) {
        const view = views[other]!;
        if (other === server || view === null || view.server.register === null) continue;
        const seen = this.seen[other]!.get(image.store);
        if (seen !== undefined && !isAtOrAfter(image.position, seen)) continue;
        deceived += weightOf(this.servers, other);
        if (view.server.role.kind !== 'follower') this.hasHidden = true;
      }
      if (deceived >= enoughOf(this.servers)) this.hasHidden = true;
    }
  }
}
