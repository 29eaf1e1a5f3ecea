// How far a campaign is, on standard error: one line that is rewritten in place on a terminal, a plain line every few
// seconds elsewhere.

import { grouped, spanOf } from '../campaign/numbers.ts';
import type { Tally } from '../campaign/tally.ts';

export interface Goal {
  readonly seeds: number;
  /** Null: it ends with its seeds. */
  readonly seconds: number | null;
}

const REWRITE_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly goal: Goal;
  private readonly isLive: boolean;
  private readonly startedAt = performance.now();
  private shownAt = 0;
  private isShown = false;

  constructor(stream: NodeJS.WriteStream, goal: Goal) {
    this.stream = stream;
    this.goal = goal;
    this.isLive = stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb';
    this.shownAt = this.startedAt;
  }

  update(tally: Tally): void {
    const now = performance.now();
    if (now - this.shownAt < (this.isLive ? REWRITE_EVERY_MS : PLAIN_EVERY_MS)) return;
    this.shownAt = now;
    const line = progressLine(tally, this.goal, (now - this.startedAt) / 1000);
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

export function progressLine(tally: Tally, goal: Goal, seconds: number): string {
  const ofSeeds = tally.seeds / goal.seeds;
  const part = Math.min(1, Math.max(ofSeeds, goal.seconds === null ? 0 : seconds / goal.seconds));
  const left = part === 0 ? '' : `, ${spanOf((seconds * (1 - part)) / part)} left`;
  return [
    `${Math.floor(part * 100)} %`,
    `${grouped(tally.seeds)} seeds`,
    `${grouped(Math.round(tally.events / seconds))} events/s`,
    `${grouped(tally.failedSeeds)} failed${left}`,
  ].join(', ');
}
