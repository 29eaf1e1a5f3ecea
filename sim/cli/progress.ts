// How far a command is, on standard error: one line that is rewritten in place on a terminal, a plain line every few seconds
// elsewhere.

import { grouped, spanOf } from '../campaign/numbers.ts';
import type { Tally } from '../campaign/tally.ts';

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

/** How far a campaign is. */
export class Progress {
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

  clear(): void {
    this.line.clear();
  }
}

export function progressLine(tally: Tally, goal: Goal, seconds: number): string {
  const ofSeeds = tally.seeds / goal.seeds;
  const ofTime = goal.seconds === null ? 0 : (seconds - goal.secondsBefore) / goal.seconds;
  const part = Math.min(1, Math.max(ofSeeds, ofTime));
  const left = part === 0 ? '' : `, ${spanOf((seconds * (1 - part)) / part)} left`;
  return [
    `${Math.floor(part * 100)} %`,
    `${grouped(tally.seeds)} seeds`,
    `${grouped(Math.round(tally.events / seconds))} events/s`,
    `${grouped(tally.failedSeeds)} failed${left}`,
  ].join(', ');
}
