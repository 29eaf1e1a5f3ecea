// A campaign on the terminal: its frame is drawn anew as it goes on, and a failure is opened in a replay of its own process, while
// the workers go on. When the campaign is over the screen is gone, and its summary is printed as without a terminal.

import { spawn } from 'node:child_process';
import { LABELS } from '../../properties/sometimes.ts';
import type { Finding, Tally } from '../campaign/tally.ts';
import type { Shown } from '../tui/app.ts';
import { type CampaignView, campaignFrame, type FailureCard, type Sample } from '../tui/campaign-frame.ts';
import type { Screen } from '../tui/frame.ts';
import type { Line } from '../tui/lines.ts';
import type { Key } from '../tui/model.ts';
import { type Goal, partOf, type Telling } from './progress.ts';

export interface LiveOptions {
  readonly title: string;
  readonly goal: Goal;
  /** The words of the command that replays a failure. */
  readonly replayOf: (signature: string) => readonly string[];
  /** As Ctrl-C does it. */
  readonly stop: () => void;
}

const MOST_SAMPLES = 512;
/** Between two frames, and two samples, ms. */
const APART = 200;
const TICK = 1000;

export class LiveCampaign implements Telling, Shown {
  private readonly options: LiveOptions;
  private readonly startedAt: number;
  private tally: Tally | null = null;
  private samples: Sample[] = [{ at: 0, events: 0, states: 0 }];
  private readonly shrunkTo = new Map<string, string>();
  private choice = 0;
  private message = '';
  private sampledAt = Number.NEGATIVE_INFINITY;
  private isOver = false;
  private wanted: string | null = null;
  private readonly showing: Promise<void>;
  private hasNews = true;
  private rolledAt = performance.now();

  constructor(options: LiveOptions) {
    this.options = options;
    this.startedAt = performance.now() - options.goal.secondsBefore * 1000;
    this.showing = this.show();
  }

  // ── what the campaign tells ──

  update(tally: Tally): void {
    this.tally = tally;
    const now = performance.now();
    if (now - this.sampledAt < APART) return;
    this.sampledAt = now;
    const { kept, depth } = tally.states;
    this.samples.push({ at: this.seconds(), events: tally.events, states: kept * 2 ** depth });
    if (this.samples.length > MOST_SAMPLES) this.samples = this.samples.filter((_, place) => place % 2 === 0);
    this.hasNews = true;
  }

  note(text: string): void {
    this.message = text;
    this.hasNews = true;
  }

  found(): void {
    this.hasNews = true;
  }

  shrunk(signature: string, text: string): void {
    this.shrunkTo.set(signature, text);
    this.hasNews = true;
  }

  /** A replay that is open is looked at to its end. */
  async end(): Promise<void> {
    this.isOver = true;
    this.hasNews = true;
    await this.showing;
  }

  // ── what the terminal asks ──

  get hasQuit(): boolean {
    return this.isOver || this.wanted !== null;
  }

  /** Else the clock would stand still while nothing comes. */
  get isSettled(): boolean {
    return !this.hasNews && performance.now() - this.rolledAt < TICK;
  }

  roll(): boolean {
    if (this.isSettled) return false;
    this.hasNews = false;
    this.rolledAt = performance.now();
    return true;
  }

  press(key: Key): void {
    const cards = this.cards();
    this.message = '';
    if (key === 'ctrl+c' || key === 'q') this.options.stop();
    else if (key === 'down' || key === 'j')
      this.choice = Math.min(this.choice + 1, Math.max(0, cards.length - 1));
    else if (key === 'up' || key === 'k') this.choice = Math.max(0, this.choice - 1);
    else if (key === 'enter') this.wanted = cards[this.choice]?.signature ?? null;
  }

  frame(screen: Screen): Line[] {
    return campaignFrame(this.view(), screen);
  }

  // ── inside ──

  private async show(): Promise<void> {
    // Else react checks everything twice.
    process.env.NODE_ENV = 'production';
    const { showOnTerminal } = await import('../tui/app.ts');
    while (!this.isOver) {
      await showOnTerminal(this);
      if (this.wanted === null) continue;
      await opened(this.options.replayOf(this.wanted));
      this.wanted = null;
    }
  }

  private view(): CampaignView {
    const { title, goal } = this.options;
    const { tally, samples, choice, message } = this;
    return {
      title,
      seconds: this.seconds(),
      seeds: tally?.seeds ?? 0,
      failed: tally?.failedSeeds ?? 0,
      part: tally === null ? 0 : partOf(tally, goal, this.seconds()),
      labels: Object.keys(tally?.labels ?? {}).length,
      allLabels: LABELS.length,
      samples,
      cards: this.cards(),
      choice,
      message,
    };
  }

  /** Those that came first come first: the choice stays where it is. */
  private cards(): FailureCard[] {
    return Object.entries(this.tally?.findings ?? {}).map(([signature, finding]: [string, Finding]) => ({
      signature,
      seeds: finding.count,
      smallestSeed: finding.smallestSeed,
      reason: finding.reason,
      shrunk: this.shrunkTo.get(signature) ?? '',
    }));
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}

/** The terminal is the replay's until it ends, however it does. */
function opened(words: readonly string[]): Promise<void> {
  const program = [...process.execArgv, process.argv[1]!, ...words];
  const replay = spawn(process.execPath, program, { stdio: 'inherit' });
  return new Promise((done) => {
    replay.on('exit', () => done());
    replay.on('error', () => done());
  });
}
