// A server as a process: frames, wake-ups and finished syncs come in; frames and disk batches go out. It joins the pure
// parts (protocol, wire, storage) by the output-commit rule. The daemon and the simulator both run exactly this.

import { assert } from '../core/assert.ts';
import type { ConnectionId, Host, Position } from '../core/ids.ts';
import type { Order, OrderOutcome, ReplyToClient, ReplyToOperator, ServerMessage } from '../core/message.ts';
import { OutputCommit } from '../core/output-commit.ts';
import { blankMeta, newStoreId } from '../core/server/new-store.ts';
import { reportOf } from '../core/server/report.ts';
import { bootServer, type FoundingTerms, imageOf, type Server } from '../core/server/state.ts';
import {
  nextWakeOf,
  stepOnClient,
  stepOnHanded,
  stepOnMessage,
  stepOnNoRoom,
  stepOnOrder,
  stepOnOrderGiven,
  stepOnSynced,
  stepOnWake,
} from '../core/server/step.ts';
import { metaToWrite } from '../core/server/witnesses.ts';
import type { Settings } from '../core/settings.ts';
import type { Delta, Meta } from '../core/state.ts';
import { type CivilTime, earliest, type Instant, later, NEVER } from '../core/time.ts';
import type { LostEdit, ServerEvent, ServerTurn } from '../core/turn.ts';
import type { DiskBatch, Files } from '../storage/disk-command.ts';
import { Journal } from '../storage/journal.ts';
import { readLocalFile } from '../storage/local-file.ts';
import { leftovers, recover } from '../storage/recovery.ts';
import { Decoder, Encoder } from '../wire/frame.ts';
import type { ServerOutside } from './outside.ts';
import type { Tap } from './tap.ts';

/** An effect that waits for the disk. */
type Held =
  | { readonly kind: 'send'; readonly to: Host; readonly message: ServerMessage }
  | { readonly kind: 'answer'; readonly connection: ConnectionId; readonly message: ReplyToClient }
  | { readonly kind: 'tell'; readonly connection: ConnectionId; readonly message: ReplyToOperator };

export interface ServerConfiguration {
  readonly host: Host;
  readonly settings: Settings;
  /** Bytes at which the log on disk is rewritten as a snapshot. */
  readonly logLimit: number;
  /** What it says should it found a pool; absent: what is usual. */
  readonly founding?: FoundingTerms;
}

/**
 * Recovers the disk's files and boots a server on them. A disk that holds no store, or one that cannot prove that it is
 * complete, gets a new, blank one, which counts nowhere until the pool has admitted it [14.2]. The caller then calls `start`.
 */
export function bootProcess(
  configuration: ServerConfiguration,
  files: Files,
  outside: ServerOutside,
  tap: Tap | null,
): ServerProcess {
  const { host, settings, logLimit, founding } = configuration;
  const found = recover(files);
  const localFile = readLocalFile(files);
  if (found.kind === 'recovered') {
    const { meta, image, deltas } = found.store;
    const nonce = outside.random() & 0xffff;
    const server = bootServer(
      host,
      settings,
      { meta, image, localFile },
      deltas,
      nonce,
      outside.now(),
      founding,
    );
    return new ServerProcess(server, Journal.resume(found, logLimit), outside, tap);
  }
  const nonce = outside.random() & 0xffff;
  const meta = blankMeta(
    newStoreId(() => outside.random()),
    0,
  );
  const server = bootServer(
    host,
    settings,
    { meta, image: null, localFile },
    [],
    nonce,
    outside.now(),
    founding,
  );
  const journal = Journal.create(server.meta, null, leftovers(files), logLimit);
  const because = found.kind === 'corrupt' ? found.reason : 'the disk holds no store';
  return new ServerProcess(server, journal, outside, tap, because);
}

export class ServerProcess implements ServerTurn {
  readonly server: Server;
  /** Frames that could not be read, and why the last one could not. */
  refusedFrames = 0;
  lastRefusal = '';

  now: Instant;

  private readonly storeLost: string | null;
  private readonly journal: Journal;
  private readonly outside: ServerOutside;
  private readonly tap: Tap | null;
  private readonly encoder = new Encoder();
  private readonly decoder = new Decoder();
  private readonly output = new OutputCommit<Held>();
  /** Messages to itself that may be stepped on. */
  private inbox: ServerMessage[] = [];
  /** The message whose frame the encoder holds: a broadcast is encoded once. */
  private encoded: ServerMessage | null = null;
  private encodedLength = 0;

  /** The instant that the outside was last asked to wake it at. */
  private wakeArmedFor = 0 as Instant;
  /** What the disk is at; null = nothing. */
  private batchUnderWay: DiskBatch | null = null;
  private versionUnderWay = 0;
  private positionUnderWay: Position | null = null;
  private metaUnderWay: Meta;
  /** When a batch that found no room is given to the disk again. */
  private retryAt = NEVER;

  /** `storeLost`: why this server begins with a blank store; null = it goes on with what its disk held. */
  constructor(
    server: Server,
    journal: Journal,
    outside: ServerOutside,
    tap: Tap | null,
    storeLost: string | null = null,
  ) {
    this.server = server;
    this.metaUnderWay = server.meta;
    this.storeLost = storeLost;
    this.journal = journal;
    this.outside = outside;
    this.tap = tap;
    this.now = outside.now();
  }

  /** Makes the raised boot sequence durable before the first message leaves [§3]. */
  start(): void {
    if (this.storeLost !== null) this.note({ kind: 'store lost', because: this.storeLost });
    this.metaChanged();
    this.finishStep();
  }

  /** A frame of another server: `bytes[0 … length)`. */
  onServerFrame(bytes: Uint8Array, length: number): void {
    const message = this.decoder.server(bytes, 0, length);
    if (message === null) {
      this.refuse();
      return;
    }
    this.readClock();
    this.tap?.received(message);
    stepOnMessage(this.server, message, this);
    this.finishStep();
  }

  onClientFrame(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const message = this.decoder.client(bytes, 0, length);
    if (message === null) {
      this.refuse();
      return;
    }
    this.readClock();
    if (message.kind === 'call') this.tap?.called(connection, message);
    stepOnClient(this.server, connection, message, this);
    this.finishStep();
  }

  /** A frame of a connection whose owner may look and order: the transport has made sure of that [4.6]. */
  onOperatorFrame(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const message = this.decoder.operator(bytes, 0, length);
    if (message === null) {
      this.refuse();
      return;
    }
    this.readClock();
    if (message.kind === 'inspect') {
      this.leaveToOperator(connection, reportOf(this.server, this.now));
      return;
    }
    const outcome = stepOnOrderGiven(this.server, message, this);
    const reply: ReplyToOperator = { kind: 'order-reply', outcome };
    // A refusal claims nothing, and comes also when the disk is stuck.
    if (outcome !== 'obeyed' || this.output.isSettled) this.leaveToOperator(connection, reply);
    else this.output.hold({ kind: 'tell', connection, message: reply });
    this.finishStep();
  }

  onWake(): void {
    this.readClock();
    this.wakeArmedFor = 0 as Instant;
    if (this.now >= this.retryAt) this.tryAgain();
    if (this.now >= nextWakeOf(this.server)) stepOnWake(this.server, this);
    this.finishStep();
  }

  onOrder(order: Order): OrderOutcome {
    this.readClock();
    const outcome = stepOnOrder(this.server, order, this);
    this.finishStep();
    return outcome;
  }

  /** The batch given to `commit` is on the medium. */
  onCommitted(): void {
    this.readClock();
    this.batchUnderWay = null;
    this.journal.committed();
    this.output.settle(this.versionUnderWay);
    stepOnSynced(this.server, this.positionUnderWay, this.metaUnderWay, this);
    this.tap?.synced();
    for (let held = this.output.next(); held !== undefined; held = this.output.next()) {
      if (held.kind === 'send') this.leave(held.to, held.message);
      else if (held.kind === 'answer') this.leaveToClient(held.connection, held.message);
      else this.leaveToOperator(held.connection, held.message);
    }
    this.finishStep();
  }

  /**
   * The disk has no room for the batch given to `commit`. What of it was written stays, and does no harm: the same bytes are
   * written to the same places until there is room [16.16]. Until then nothing leaves that waits for the disk.
   */
  onNoRoom(): void {
    this.readClock();
    this.retryAt = later(this.now, this.server.settings.heartbeatInterval);
    stepOnNoRoom(this.server, this);
    this.finishStep();
  }

  // ── ServerTurn: what the core may know and do in a step ──

  get wall(): CivilTime {
    return this.outside.wall();
  }

  random(): number {
    return this.outside.random();
  }

  send(to: Host, message: ServerMessage): void {
    if (this.output.isSettled) this.leave(to, message);
    else this.output.hold({ kind: 'send', to, message });
  }

  sendEarly(to: Host, message: ServerMessage): void {
    this.leave(to, message);
  }

  answer(connection: ConnectionId, message: ReplyToClient): void {
    if (this.output.isSettled) this.leaveToClient(connection, message);
    else this.output.hold({ kind: 'answer', connection, message });
  }

  answerEarly(connection: ConnectionId, message: ReplyToClient): void {
    this.leaveToClient(connection, message);
  }

  metaChanged(): void {
    this.output.changed();
    this.journal.meta(metaToWrite(this.server));
  }

  appended(delta: Delta): void {
    this.output.changed();
    this.journal.delta(delta);
  }

  replaced(): void {
    this.output.changed();
    this.journal.snapshot(imageOf(this.server.register!));
  }

  blanked(): void {
    // What still waits for the disk speaks of a store that will not be there any more.
    this.output.forget();
    this.output.changed();
    this.journal.blank();
  }

  installed(body: Uint8Array, lost: LostEdit | null): void {
    this.output.changed();
    this.journal.install(body, lost);
  }

  objectionTo(file: Uint8Array): string | null {
    return this.outside.objectionTo(file);
  }

  note(event: ServerEvent): void {
    this.outside.note(event);
  }

  // ── inside ──

  /** The clock is read after the input has arrived: an instant from before would make the hold of a token too short [2.7]. */
  private readClock(): void {
    this.now = this.outside.now();
  }

  private refuse(): void {
    this.refusedFrames++;
    this.lastRefusal = this.decoder.reason;
  }

  private leave(to: Host, message: ServerMessage): void {
    if (to === this.server.host) {
      this.inbox.push(message);
      return;
    }
    if (this.encoded !== message) {
      this.encodedLength = this.encoder.encode(message);
      this.encoded = message;
    }
    this.tap?.sent(to, message);
    this.outside.send(to, this.encoder.bytes, this.encodedLength);
  }

  private leaveToClient(connection: ConnectionId, message: ReplyToClient): void {
    this.encoded = null;
    const length = this.encoder.encode(message);
    this.tap?.answered(connection, message);
    this.outside.reply(connection, this.encoder.bytes, length);
  }

  private leaveToOperator(connection: ConnectionId, message: ReplyToOperator): void {
    this.encoded = null;
    const length = this.encoder.encode(message);
    this.outside.reply(connection, this.encoder.bytes, length);
  }

  /** Steps on what the server told itself, hands what changed to the disk, and arms the one timer. */
  private finishStep(): void {
    while (this.inbox.length > 0) {
      const messages = this.inbox;
      this.inbox = [];
      for (const message of messages) stepOnMessage(this.server, message, this);
    }
    this.sync();
    this.armWake();
  }

  /**
   * A wake-up that comes too early does nothing and is armed anew, so a later instant needs no call to the outside: a
   * Follower's election timer moves with every Append.
   */
  private armWake(): void {
    const next = earliest(nextWakeOf(this.server), this.retryAt);
    if (next >= this.wakeArmedFor && this.now < this.wakeArmedFor) return;
    this.wakeArmedFor = next;
    this.outside.wakeAt(next);
  }

  /** One group sync covers all that changed since the last one. */
  private sync(): void {
    if (this.batchUnderWay !== null) return;
    if (this.journal.wantsSnapshot) this.journal.snapshot(imageOf(this.server.register!));
    const batch = this.journal.takeBatch();
    if (batch === null) {
      assert(this.output.isSettled, 'what changed is handed to the disk');
      return;
    }
    this.batchUnderWay = batch;
    this.versionUnderWay = this.output.present;
    this.positionUnderWay = this.server.register?.position ?? null;
    this.metaUnderWay = this.server.meta;
    stepOnHanded(this.server, this);
    this.outside.commit(batch);
  }

  private tryAgain(): void {
    this.retryAt = NEVER;
    assert(this.batchUnderWay !== null, 'what found no room is still under way');
    this.outside.commit(this.batchUnderWay);
  }
}
