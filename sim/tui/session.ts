// A replay under way: the run on tape, perhaps another one beside it, and the model. It turns keys into frames; a terminal is only
// needed by whoever shows them.

import { PROPERTIES } from '../../properties/index.ts';
import type { Recording } from '../explain/recording.ts';
import { Timeline } from '../explain/timeline.ts';
import { partingOf } from '../explain/twin.ts';
import type { Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { frameOf, type Screen, type Shown } from './frame.ts';
import type { Line } from './lines.ts';
import { type Branch, type Film, type Key, type Model, newModel, reduce } from './model.ts';
import { nodeViewOf } from './node-view.ts';
import { Tape } from './tape.ts';

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  PROPERTIES.map(({ id, name }) => [id, name]),
);

/** Another run beside it from the beginning. */
export interface Against {
  readonly text: string;
  readonly scenario: Scenario;
  /** As another pool ran it; null: this one is to run it. */
  readonly recording: Recording | null;
}

export interface SessionOptions {
  readonly against?: Against | null;
  /** Saves a scenario and says where, or why not. */
  readonly save: (scenario: Scenario) => string;
  /** Goes to the first violation as soon as it is known. */
  readonly opensAtViolation: boolean;
}

export class Session {
  readonly scenario: Scenario;
  private readonly options: SessionOptions;
  private readonly main: Reel;
  private beside: Beside | null = null;
  private model: Model;
  private isAwaitingViolation: boolean;

  constructor(scenario: Scenario, options: SessionOptions) {
    this.scenario = scenario;
    this.options = options;
    this.main = new Reel(scenario);
    this.model = newModel(scenario);
    this.isAwaitingViolation = options.opensAtViolation;
    const { against = null } = options;
    if (against === null) return;
    const { text, recording } = against;
    const reel = recording === null ? new Reel(against.scenario) : new Strip(recording);
    this.beside = { text, heading: text, reel, isCompared: false, partsAt: null };
  }

  get hasQuit(): boolean {
    return this.model.wish?.kind === 'quit';
  }

  /** Everything is on tape. */
  get isSettled(): boolean {
    return this.main.film.isOver && (this.beside?.isCompared ?? true);
  }

  /** The first run's, once it is over. */
  violations(): readonly Violation[] {
    return this.main.violations;
  }

  /** Those on tape so far. */
  events(): number {
    return this.main.film.events.length;
  }

  /** Goes on with what is not on tape yet for so many milliseconds; true: something was. */
  roll(milliseconds: number): boolean {
    if (this.isSettled) return false;
    const reel = this.main.film.isOver ? this.beside!.reel : this.main;
    reel.roll(milliseconds);
    if (reel === this.main) this.arrive();
    if (this.main.film.isOver && this.beside?.reel.film.isOver) this.part(this.beside);
    return true;
  }

  press(key: Key): void {
    this.isAwaitingViolation = false;
    this.model = reduce(this.model, key, this.main.film, this.branch());
    const { wish } = this.model;
    if (wish?.kind === 'run') {
      const { text, scenario } = wish.whatIf;
      const reel = new Reel(scenario);
      this.beside = { text: `what if ${text}`, heading: 'what if', reel, isCompared: false, partsAt: null };
    } else if (wish?.kind === 'save') {
      this.model = { ...this.model, message: this.options.save(wish.scenario), wish: null };
    } else if (wish?.kind === 'this run alone') this.beside = null;
  }

  frame(screen: Screen): Line[] {
    return frameOf(this.model, this.shown(), screen);
  }

  private shown(): Shown {
    const { film, violations } = this.main;
    const { cursor, node } = this.model;
    const branch = this.branch();
    // The one before comes first: from there it is one step.
    const nodeBefore = cursor === 0 ? null : this.main.nodeBefore(cursor, node);
    return {
      film,
      violations,
      names: NAMES,
      node: film.events.length === 0 ? null : nodeViewOf(this.main.tape.at(cursor), node),
      nodeBefore,
      branch: branch === null ? null : { ...branch, violations: this.beside!.reel.violations },
    };
  }

  private branch(): Branch | null {
    if (this.beside === null) return null;
    const { text, heading, reel, partsAt } = this.beside;
    return { text, heading, film: reel.film, partsAt };
  }

  /** The first frame stands at the first event, and goes to the violation when there is one. */
  private arrive(): void {
    const { film } = this.main;
    if (this.model.cursor === 0 && film.events.length > 0) this.model = { ...this.model, cursor: 1 };
    if (!film.isOver || !this.isAwaitingViolation) return;
    this.isAwaitingViolation = false;
    if (film.timeline.jumps.violation.length > 0) this.model = reduce(this.model, 'v', film, null);
  }

  private part(beside: Beside): void {
    beside.isCompared = true;
    const parting = partingOf(this.main.film, beside.reel.film);
    if (parting === null) return;
    beside.partsAt = parting.at;
    this.model = { ...this.model, cursor: parting.failing?.id ?? this.model.cursor, message: '' };
  }
}

/** A run that can be shown beside another one. */
interface Showable {
  readonly film: Film;
  readonly violations: readonly Violation[];
  roll(milliseconds: number): void;
}

interface Beside {
  readonly text: string;
  readonly heading: string;
  readonly reel: Showable;
  isCompared: boolean;
  partsAt: Branch['partsAt'];
}

/** A run of another pool: its records are all that there is of it. */
class Strip implements Showable {
  readonly film: Film;
  readonly violations: readonly Violation[];

  constructor({ scenario, events, violations }: Recording) {
    const timeline = new Timeline(scenario);
    timeline.extend(events, true);
    this.film = { scenario, events, timeline, isOver: true };
    this.violations = violations;
  }

  roll(): void {}
}

/** A tape with what is drawn of it. */
class Reel implements Showable {
  readonly tape: Tape;
  private readonly timeline: Timeline;
  private found: readonly Violation[] = [];
  private before: {
    readonly events: number;
    readonly node: number;
    readonly view: ReturnType<typeof nodeViewOf>;
  } | null = null;

  constructor(scenario: Scenario) {
    this.tape = new Tape(scenario);
    this.timeline = new Timeline(scenario);
  }

  get film(): Film {
    const { scenario, events, isOver } = this.tape;
    return { scenario, events, timeline: this.timeline, isOver };
  }

  get violations(): readonly Violation[] {
    return this.found;
  }

  roll(milliseconds: number): void {
    this.tape.roll(milliseconds);
    this.timeline.extend(this.tape.events, this.tape.isOver);
    if (this.tape.isOver) this.found = this.tape.violations();
  }

  /** The node before that event. */
  nodeBefore(event: number, node: number): ReturnType<typeof nodeViewOf> {
    if (this.before?.events !== event || this.before.node !== node) {
      this.before = { events: event, node, view: nodeViewOf(this.tape.at(event - 1), node) };
    }
    return this.before.view;
  }
}
