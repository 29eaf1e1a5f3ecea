// A scenario: the whole plan of one run as versioned, self-contained data. Same scenario ⇒ same run, event for event.
// Plain JSON; times in integer microseconds of true time since the run began, unless a name says otherwise.

export const SCENARIO_SCHEMA = 'regency/scenario@1';

export const ENVIRONMENTS = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6'] as const;

export type EnvironmentId = (typeof ENVIRONMENTS)[number];

/** A server, a client, or a role resolved at the moment the fault begins. */
export type Target =
  | { readonly server: number }
  | { readonly client: number }
  | { readonly role: 'leader' | 'preferred' | 'next' | 'candidate' };

/** One fault of the plan. `kind` names a file in `sim/faults`; its parameters are that file's. */
export type FaultPlan = { readonly kind: string; readonly at: number; readonly until: number } & Readonly<
  Record<string, unknown>
>;

export interface ClientPlan {
  /** The workload's clients draw from their own streams; these are the rates. All times in µs. */
  readonly meanThink: number;
  readonly meanHold: number;
  /** Sessions (request … release) that this client begins at most. */
  readonly sessions: number;
  /** Probability in ppm that a session ends without release (the client just forgets it, as a crash would). */
  readonly neverReleasePpm: number;
  readonly crashPpm: number;
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
  /** Start and end date, in civil ms after the run begins by an undisturbed clock; absent: always, for ever. */
  readonly startsAfterMs?: number;
  readonly endsAfterMs?: number;
  /** Refused while clocks are set back; absent: no. */
  readonly isTamperChecked?: boolean;
}

export interface Scenario {
  readonly schema: typeof SCENARIO_SCHEMA;
  /** Names every random stream of the run; a safe non-negative integer. */
  readonly seed: number;
  readonly environment: EnvironmentId;
  /** Servers in preference order, 1–11. */
  readonly servers: number;
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
  /** How the pool is there: absent: long since founded; else its servers have nothing but their license file, and form it [§14]. */
  readonly begins?: 'blank' | 'first installation';
  readonly faults: readonly FaultPlan[];
  /** Faults begin before this; then the core phase (E3) or the quiet end. */
  readonly chaosUntil: number;
  /**
   * From here on clients begin no session; in E3 they also release what they hold (one that never releases forgets it),
   * so that the end of the run shows whether everything became free again. chaosUntil ≤ clientsUntil ≤ endsAt.
   */
  readonly clientsUntil: number;
  /** End of the run. */
  readonly endsAt: number;
  /** E3: the servers that are made whole at `chaosUntil`; everything outside stays as it is. Empty: none. */
  readonly core: readonly number[];
}
