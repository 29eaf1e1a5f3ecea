// A scenario: the whole plan of one run as versioned, self-contained data. Same scenario ⇒ same run, event for event.
// Plain JSON; times in integer microseconds of true time since the run began, unless a name says otherwise.

import type { CivilTime } from '../../src/core/time.ts';

export const SCENARIO_SCHEMA = 'regency/scenario@1';

/** Civil time at which every run begins: 2026-01-01T00:00:00Z. */
export const RUN_BEGINS = Date.UTC(2026, 0, 1) as CivilTime;

export const ENVIRONMENTS = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7'] as const;

export type EnvironmentId = (typeof ENVIRONMENTS)[number];

/** Where faults end at last, and a quorum is made whole. */
export function hasCore(environment: EnvironmentId): boolean {
  return environment === 'E3' || environment === 'E7';
}

/** Servers, and the client that was granted a token last. */
export const ROLES = ['leader', 'preferred', 'next', 'candidate', 'successor', 'grantee'] as const;

/** A server, a client, or a role resolved at the moment the fault begins. */
export type Target =
  | { readonly server: number }
  | { readonly client: number }
  | { readonly role: (typeof ROLES)[number] };

export const GROUPS = ['minority', 'majority'] as const;

/** Several servers at once: a bare majority of all that there are, or the most that are none; from that server on, in turn. */
export interface Group {
  readonly group: (typeof GROUPS)[number];
  readonly from: number;
}

/** One fault of the plan. `kind` names a file in `sim/faults`; its parameters are that file's. */
export type FaultPlan = { readonly kind: string; readonly at: number; readonly until: number } & Readonly<
  Record<string, unknown>
>;

/** An edit of the license file: what is other than in the file that the pool was founded with; what is absent is as it was. */
export interface FileEdit {
  /** The version in its text. Below the pool's own it says nothing: a file that is edited without touching it. */
  readonly version?: number;
  /** Hard limits of the licenses, in the order of the scenario; those beyond the list stay. */
  readonly limits?: readonly number[];
  /** The license strings are renewed for the so-manyth time: they have new serials. */
  readonly renewal?: number;
  /** End date of all strings, in civil ms after the run begins. */
  readonly endsAfterMs?: number;
  readonly keyLifetimeMs?: number;
  /** The servers, the most preferred first. */
  readonly servers?: readonly number[];
}

/** In a plan: begin at a milestone, and last for `until − at`. Milestones before the plan's `at` do not count. */
export interface MilestonePlan {
  readonly milestone: string;
  /** Whose; absent: anybody's. */
  readonly of?: Target | undefined;
  /** The first is 1; absent: 1. */
  readonly nth?: number | undefined;
  /** From the milestone to the beginning, µs; 0: the next event, when the machine's step is done. */
  readonly delay: number;
  /** Milestones after this true time do not count; absent: none is too late. */
  readonly before?: number | undefined;
}

export interface ClientPlan {
  /** The workload's clients draw from their own streams; these are the rates. All times in µs. */
  readonly meanThink: number;
  readonly meanHold: number;
  /** Sessions (request … release) that this client begins at most. */
  readonly sessions: number;
  /** Probability in ppm that a session ends without release (the client just forgets it, as a crash would). */
  readonly neverReleasePpm: number;
  readonly crashPpm: number;
  /** Probability in ppm that a session gives up its request early, and the next begins at once; absent: none does. */
  readonly giveUpPpm?: number;
  /** Most units of one request. */
  readonly mostUnits: number;
  /** Session numbers left out: how the shrinker drops single operations. */
  readonly skip: readonly number[];
}

export interface LinkPlan {
  /** Smallest and largest delay of an undisturbed message. */
  readonly delayFrom: number;
  readonly delayTo: number;
}

export interface LicensePlan {
  readonly feature: string;
  readonly version: string;
  readonly hardLimit: number;
  readonly keyLifetimeMs: number;
  /** Above so many units out an alert is told; in the file never above the hard limit. Absent: none. */
  readonly softLimit?: number;
  /** Start and end date, in civil ms after the run begins by an undisturbed clock; absent: always, for ever. */
  readonly startsAfterMs?: number;
  readonly endsAfterMs?: number;
  /** Refused while clocks are set back; absent: no. */
  readonly isTamperChecked?: boolean;
}

/** How many servers the pool is founded with. */
export function foundersOf({ servers, founders }: Scenario): number {
  return Math.min(servers, founders ?? servers);
}

/** The serial of the license string at that place of the plan. */
export function serialAt(place: number): string {
  return `L${place + 1}`;
}

/** Civil time of a date of the plan; null = it has none. */
export function dateAfter(ms: number | undefined): CivilTime | null {
  return ms === undefined ? null : ((RUN_BEGINS + ms) as CivilTime);
}

/** How a pool is there at the start: long since founded; or its servers have nothing but their license file, and form it [§14]. */
export type Beginning = 'founded' | 'blank' | 'first installation';

/** In which way a run departs from what would happen next, before the event of that number (the first is 1). Nodes: servers first. */
export type Move = { readonly before: number } & (
  | {
      /** The message or the sync that is next waits; or only a copy of the message does. */
      readonly move: 'hold' | 'copy';
    }
  | { /** The so-manyth of those that wait now is next. */ readonly move: 'release'; readonly held: number }
  | {
      /** `keeps`: all that was handed to its disk is on it; else nothing that was not synced. */
      readonly move: 'crash';
      readonly node: number;
      readonly keeps: boolean;
    }
  | { readonly move: 'restart' | 'pause' | 'resume'; readonly node: number }
  | {
      /** These servers and all others do not reach each other. */ readonly move: 'cut';
      readonly nodes: readonly number[];
    }
  | { /** The so-manyth of the present cuts is over. */ readonly move: 'mend'; readonly cut: number }
  | { /** A wall clock jumps. */ readonly move: 'jump'; readonly node: number; readonly byMs: number }
);

export interface Scenario {
  readonly schema: typeof SCENARIO_SCHEMA;
  /** The build that saw it fail; nothing of a run depends on it. */
  readonly savedBy?: string;
  /** Names every random stream of the run; a safe non-negative integer. */
  readonly seed: number;
  readonly environment: EnvironmentId;
  /** Servers in preference order, 1–11. */
  readonly servers: number;
  /** So many of them, the first ones, are in the pool at the start; the others wait, blank, until a license file names them. Absent: all. */
  readonly founders?: number;
  readonly licenses: readonly LicensePlan[];
  readonly clients: readonly ClientPlan[];
  /** Overrides of the protocol's default timers, in ms, by their names in `src/core/settings.ts`. */
  readonly settings: Readonly<Record<string, number>>;
  /** ρ in ppm. */
  readonly driftPpm: number;
  readonly link: LinkPlan;
  /** A sync takes between these. */
  readonly syncFrom: number;
  readonly syncTo: number;
  /** Bytes at which a log is rewritten as a snapshot. */
  readonly logLimitBytes: number;
  /** Absent: founded. */
  readonly begins?: Exclude<Beginning, 'founded'>;
  readonly faults: readonly FaultPlan[];
  /** A hand steers the run, in this order; absent: nobody does. */
  readonly moves?: readonly Move[];
  /** Faults begin before this; then the core phase (E3) or the quiet end. */
  readonly chaosUntil: number;
  /**
   * From here on clients begin no session; in E3 and E7 they also release what they hold (one that never releases forgets it),
   * so that the end of the run shows whether everything became free again. chaosUntil ≤ clientsUntil ≤ endsAt.
   */
  readonly clientsUntil: number;
  /** End of the run. */
  readonly endsAt: number;
  /** E3, E7: the servers that are made whole at `chaosUntil`; everything outside stays as it is. Empty: none. */
  readonly core: readonly number[];
}
