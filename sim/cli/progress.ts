// How far a command is, on standard error: one line that is rewritten in place on a terminal, a plain line every few seconds
// elsewhere.

import { painted } from '../../src/cli/terminal.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import type { Finding, Tally } from '../campaign/tally.ts';

export interface Goal {
  readonly seeds: number;
  /** Null: it ends with its seeds. */
  readonly seconds: number | null;
  /** Spent before, when an earlier campaign is gone on with. */
  readonly secondsBefore: number;
}

const REWRITE_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

/** One line that is rewritten in place on a terminal; elsewhere a plain line every few seconds. */
export class LiveLine {
  private readonly stream: NodeJS.WriteStream;
  private readonly isLive: boolean;
  private shownAt = performance.now();
  private isShown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.isLive = stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb';
  }

  /** Not every one that is offered is shown. */
  show(line: string): void {
    if (this.isDue()) this.write(line);
  }

  /** Whether it is time to show another. */
  isDue(): boolean {
    return performance.now() - this.shownAt >= (this.isLive ? REWRITE_EVERY_MS : PLAIN_EVERY_MS);
  }

  write(line: string): void {
    this.shownAt = performance.now();
    if (this.isLive) this.stream.write(CLEAR_LINE + line.slice(0, (this.stream.columns || 80) - 1));
    else this.stream.write(`${line}\n`);
    this.isShown = this.isLive;
  }

  /** A line of its own among the progress. */
  note(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** Leaves nothing of the live line behind. */
  clear(): void {
    if (this.isShown) this.stream.write(CLEAR_LINE);
    this.isShown = false;
  }
}

/** What a campaign tells while it is under way. */
export interface Telling {
  update(tally: Tally): void;
  note(text: string): void;
  found(signature: string, finding: Finding): void;
  shrunk(signature: string, text: string): void;
  /** Nothing of it is left on the terminal. */
  end(): Promise<void>;
}

/** In lines. */
export class Progress implements Telling {
  private readonly line: LiveLine;
  private readonly goal: Goal;
  private readonly startedAt: number;

  constructor(stream: NodeJS.WriteStream, goal: Goal) {
    this.line = new LiveLine(stream);
    this.goal = goal;
    this.startedAt = performance.now() - goal.secondsBefore * 1000;
  }

  update(tally: Tally): void {
    if (!this.line.isDue()) return;
    this.line.write(progressLine(tally, this.goal, (performance.now() - this.startedAt) / 1000));
  }

  note(text: string): void {
    this.line.note(text);
  }

  found(signature: string, { smallestSeed, reason }: Finding): void {
    this.note(`${painted('red', signature, process.stderr)} seed ${smallestSeed}: ${reason}`);
  }

  shrunk(signature: string, text: string): void {
    this.note(`${signature} shrunk to ${text}`);
  }

  async end(): Promise<void> {
    this.line.clear();
  }
}

/** From 0 to 1. */
export function partOf({ seeds }: Tally, goal: Goal, seconds: number): number {
  const ofTime = goal.seconds === null ? 0 : (seconds - goal.secondsBefore) / goal.seconds;
  return Math.min(1, Math.max(seeds / goal.seeds, ofTime));
}

export function progressLine(tally: Tally, goal: Goal, seconds: number): string {
  const part = partOf(tally, goal, seconds);
  const left = part === 0 ? '' : `, ${spanOf((seconds * (1 - part)) / part)} left`;
  return [
    `${Math.floor(part * 100)} %`,
    `${grouped(tally.seeds)} seeds`,
    `${grouped(Math.round(tally.events / seconds))} events/s`,
    `${grouped(tally.failedSeeds)} failed${left}`,
  ].join(', ');
}
