// A client library as a process: frames, wake-ups and the application's calls come in; frames and outcomes go out.

import {
  type ApplicationRequest,
  type Client,
  type Handle,
  isHeld,
  newClient,
} from '../core/client/state.ts';
import { nextWakeOf, stepOnApplication, stepOnReply, stepOnWake } from '../core/client/step.ts';
import type { ConnectionId, HandleId, Host } from '../core/ids.ts';
import type { ClientMessage, ReplyToClient } from '../core/message.ts';
import type { Settings } from '../core/settings.ts';
import type { CivilTime, Instant } from '../core/time.ts';
import type { CallOutcome, ClientEvent, ClientTurn } from '../core/turn.ts';
import { Decoder, Encoder } from '../wire/frame.ts';
import type { ClientOutside } from './outside.ts';
import type { ClientTap } from './tap.ts';

export interface ClientConfiguration {
  readonly settings: Settings;
  readonly owner: string;
  /** Where to look for the pool, the first tried first. */
  readonly servers: readonly Host[];
  readonly driftPpm: number;
}

export class ClientProcess implements ClientTurn {
  readonly client: Client;
  refusedFrames = 0;
  now: Instant;
  wall: CivilTime;
  private readonly outside: ClientOutside;
  private readonly tap: ClientTap | null;
  private readonly encoder = new Encoder();
  private readonly decoder = new Decoder();

  constructor(configuration: ClientConfiguration, outside: ClientOutside, tap: ClientTap | null) {
    const { settings, owner, servers, driftPpm } = configuration;
    this.client = newClient(settings, owner, servers, driftPpm);
    this.outside = outside;
    this.tap = tap;
    this.now = outside.now();
    this.wall = outside.wall();
  }

  call(request: ApplicationRequest): void {
    this.readClocks();
    stepOnApplication(this.client, request, this);
    this.outside.wakeAt(nextWakeOf(this.client));
  }

  onFrame(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const message: ReplyToClient | null = this.decoder.reply(bytes, 0, length);
    if (message === null) {
      this.refusedFrames++;
      return;
    }
    this.readClocks();
    this.tap?.received(message);
    stepOnReply(this.client, connection, message, this);
    this.outside.wakeAt(nextWakeOf(this.client));
  }

  onWake(): void {
    this.readClocks();
    stepOnWake(this.client, this);
    this.outside.wakeAt(nextWakeOf(this.client));
  }

  /** What the library knows of a handle; null = nothing any more. To be read, not to be kept. */
  known(handle: HandleId): Readonly<Handle> | null {
    return this.client.handles.get(handle) ?? null;
  }

  /** What the application is told when it asks "do I still hold it?". */
  holds(handle: HandleId): boolean {
    return isHeld(this.client, handle, this.outside.now(), this.outside.wall());
  }

  // ── ClientTurn ──

  random(): number {
    return this.outside.random();
  }

  connect(to: Host): ConnectionId {
    return this.outside.connect(to);
  }

  close(connection: ConnectionId): void {
    this.outside.close(connection);
  }

  send(connection: ConnectionId, message: ClientMessage): void {
    const length = this.encoder.encode(message);
    this.outside.send(connection, this.encoder.bytes, length);
  }

  finish(outcome: CallOutcome): void {
    this.outside.finish(outcome);
  }

  note(event: ClientEvent): void {
    this.outside.note(event);
  }

  private readClocks(): void {
    this.now = this.outside.now();
    this.wall = this.outside.wall();
  }
}
