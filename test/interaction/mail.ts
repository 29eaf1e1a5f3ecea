// What a script does to messages between nodes: cuts links, loses, doubles or holds single messages, shows them as they
// leave. It stands between a machine and its port, where one message is still one message and can be read.

import type { Port } from '../../sim/world/machine.ts';
import type { World } from '../../sim/world/world.ts';
import type { CivilTime, Instant } from '../../src/core/time.ts';
import type { DiskBatch, Files } from '../../src/storage/disk-command.ts';
import { Decoder } from '../../src/wire/frame.ts';
import { type AnyMessage, type HandleNames, kindOf, messageText } from './words.ts';

export type Fate = 'lose' | 'double' | 'hold' | 'show';

/** Which messages: from one of these nodes to one of those, of these kinds (null = any). */
export interface Selection {
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
  readonly kinds: ReadonlySet<string> | null;
}

export interface Rule extends Selection {
  readonly fate: Fate;
  /** It holds for the next such message only. */
  readonly once: boolean;
  /** As the script wrote it: how it is taken back. */
  readonly text: string;
}

interface HeldMessage {
  readonly from: number;
  readonly to: number;
  readonly connection: number;
  readonly bytes: Uint8Array;
}

const MARKS: Readonly<Record<Fate, string>> = {
  lose: ' (lost)',
  double: ' (twice)',
  hold: ' (held)',
  show: '',
};

export class Mail {
  world: World | null = null;
  private readonly servers: number;
  private readonly nodeNames: readonly string[];
  private readonly handleNames: HandleNames;
  private readonly tell: (line: string) => void;
  private readonly decoder = new Decoder();
  private rules: Rule[] = [];
  private held: HeldMessage[] = [];

  constructor(
    servers: number,
    nodeNames: readonly string[],
    handleNames: HandleNames,
    tell: (line: string) => void,
  ) {
    this.servers = servers;
    this.nodeNames = nodeNames;
    this.handleNames = handleNames;
    this.tell = tell;
  }

  add(rule: Rule): void {
    this.rules.push(rule);
  }

  /** Takes back the rules that were written so; false when there are none. */
  remove(text: string): boolean {
    const before = this.rules.length;
    this.rules = this.rules.filter((rule) => rule.text !== text);
    return this.rules.length < before;
  }

  /** Takes back everything that disturbs messages; what is held stays held, what is shown stays shown. */
  mendAll(): void {
    this.rules = this.rules.filter((rule) => rule.fate === 'show');
  }

  showNone(): void {
    this.rules = this.rules.filter((rule) => rule.fate !== 'show');
  }

  /** Everything that was held goes on its way now, the first held first; returns how many they were. */
  releaseHeld(): number {
    const { held } = this;
    this.held = [];
    for (const { from, to, connection, bytes } of held) {
      this.world!.network.send(from, to, connection, bytes, bytes.length);
    }
    return held.length;
  }

  send(port: Port, to: number, connection: number, bytes: Uint8Array, length: number): void {
    const from = port.node;
    const message = this.read(from, to, bytes, length);
    if (message.kind === 'call' && message.call === 'request') this.handleNames.nameOf(message.handle);
    const fate = this.fateOf(from, to, message);
    if (this.isShown(from, to, message)) {
      const text = messageText(message, this.handleNames);
      this.tell(`${this.nodeNames[from]} → ${this.nodeNames[to]} ${text}${MARKS[fate]}`);
    }
    if (fate === 'lose') return;
    if (fate === 'hold') {
      this.held.push({ from, to, connection, bytes: bytes.slice(0, length) });
      return;
    }
    port.send(to, connection, bytes, length);
    if (fate === 'double') port.send(to, connection, bytes, length);
  }

  private read(from: number, to: number, bytes: Uint8Array, length: number): AnyMessage {
    const { decoder, servers } = this;
    const message =
      from >= servers
        ? decoder.client(bytes, 0, length)
        : to >= servers
          ? decoder.reply(bytes, 0, length)
          : decoder.server(bytes, 0, length);
    if (message === null) throw new Error(`what a machine sends can be read: ${decoder.reason}`);
    return message;
  }

  /** The rule that was made last and applies decides. */
  private fateOf(from: number, to: number, message: AnyMessage): Fate {
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const rule = this.rules[i]!;
      if (rule.fate === 'show' || !applies(rule, from, to, message)) continue;
      if (rule.once) this.rules.splice(i, 1);
      return rule.fate;
    }
    return 'show';
  }

  private isShown(from: number, to: number, message: AnyMessage): boolean {
    return this.rules.some((rule) => rule.fate === 'show' && applies(rule, from, to, message));
  }
}

function applies(
  { from, to, kinds }: Selection,
  sender: number,
  receiver: number,
  message: AnyMessage,
): boolean {
  return from.has(sender) && to.has(receiver) && (kinds === null || kinds.has(kindOf(message)));
}

/** A port whose messages go through the mail. */
export class ScriptPort implements Port {
  readonly node: number;
  readonly boot: number;
  private readonly port: Port;
  private readonly mail: Mail;

  constructor(port: Port, mail: Mail) {
    this.node = port.node;
    this.boot = port.boot;
    this.port = port;
    this.mail = mail;
  }

  now(): Instant {
    return this.port.now();
  }

  wall(): CivilTime {
    return this.port.wall();
  }

  random(): number {
    return this.port.random();
  }

  wakeAt(at: Instant): void {
    this.port.wakeAt(at);
  }

  send(to: number, connection: number, bytes: Uint8Array, length: number): void {
    this.mail.send(this.port, to, connection, bytes, length);
  }

  milestone(): void {}

  storeCounts(): void {}

  commit(batch: DiskBatch): void {
    this.port.commit(batch);
  }

  files(): Files {
    return this.port.files();
  }

  trueTime(): number {
    return this.port.trueTime();
  }
}
