// What the page is given: everything that it shows, as plain data without markup. Times of runs in µs of true time. The one thing
// that the program that writes the page and the page itself have in common.

export interface PageData {
  readonly title: string;
  /** The program that wrote the page. */
  readonly build: string;
  /** The order of the inputs; of several the last one is shown in full, all of them are its trend. */
  readonly campaigns: readonly CampaignData[];
  readonly failures: readonly FailureData[];
  readonly mutants: MutantsData | null;
  /** What could not be shown, and why. */
  readonly remarks: readonly string[];
}

export interface CampaignData {
  readonly name: string;
  readonly seeds: { readonly first: number; readonly count: number };
  readonly strategy: string;
  readonly passed: boolean;
  readonly ending: string;
  readonly violations: readonly ViolationData[];
  readonly harnessFailures: number;
  readonly digest: string;
  readonly events: number;
  readonly simulatedSeconds: number;
  readonly wallSeconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, FaultData>>;
  readonly labels: Readonly<Record<string, LabelData>>;
  /** Runs of each. */
  readonly environments: Readonly<Record<string, number>>;
  /** Property → environment → times checked; absent: not asserted there. */
  readonly checked: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Kind of fault → phase. */
  readonly card: Readonly<Record<string, Readonly<Record<string, CellData>>>>;
  readonly states: StatesData | null;
  readonly times: Readonly<Record<string, TimesData>> | null;
}

export interface ViolationData {
  readonly signature: string;
  readonly property: string;
  readonly reason: string;
  readonly count: number;
  readonly smallestSeed: number;
  readonly replay: string;
  readonly risks: readonly RiskData[];
}

export interface RiskData {
  readonly kind: string;
  readonly failing: readonly [number, number];
  readonly others: readonly [number, number];
  readonly relativeRisk: number;
  readonly interval: readonly [number, number];
  readonly correctedP: number;
}

export interface FaultData {
  readonly scheduled: number;
  readonly applied: number;
  readonly consequential: number;
}

export interface LabelData {
  readonly count: number;
  readonly firstSeed: number | null;
}

export interface CellData {
  readonly count: number;
  readonly firstSeed: number | null;
  readonly impossible?: string | undefined;
}

export interface StatesData {
  readonly distinct: number;
  readonly isEstimated: boolean;
  readonly seenInOneRun: number;
  readonly unseenMass: number;
  readonly growth: readonly { readonly seeds: number; readonly states: number }[];
}

/** A distribution in ms; each bucket by its upper end. */
export interface TimesData {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly buckets: readonly (readonly [upperMs: number, count: number])[];
}

/** A failure that was kept, or a scenario that somebody wants to look at. */
export interface FailureData {
  readonly name: string;
  readonly signature: string | null;
  readonly property: string | null;
  /** The sentence; of a run that passed, that it did. */
  readonly sentence: string;
  /** The scenario in words, a line each. */
  readonly scenario: readonly string[];
  readonly faults: readonly string[];
  readonly story: readonly StepData[];
  /** From the violation back. */
  readonly chain: readonly StepData[];
  readonly twin: readonly string[] | null;
  readonly run: RunData;
}

export interface StepData {
  readonly id: number;
  readonly at: number;
  readonly text: string;
}

export interface RunData {
  /** Servers first, in order of preference. */
  readonly nodes: readonly string[];
  readonly servers: number;
  readonly endsAt: number;
  readonly digest: string;
  /** Of all events those with these ids and above are here, without gaps. */
  readonly firstId: number;
  readonly total: number;
  readonly events: readonly EventData[];
  readonly violations: readonly StepData[];
  readonly standings: readonly StandingData[];
  readonly beliefs: readonly BeliefData[];
  readonly disturbances: readonly DisturbanceData[];
  readonly levels: readonly LevelData[];
  readonly accounting: readonly AccountingData[];
  readonly clocks: readonly ClockData[];
}

export interface EventData {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  /** Places in `nodes`; -1 = none. */
  readonly node: number;
  readonly from: number;
  /** 0 = none. */
  readonly cause: number;
  readonly text: string;
  /** All else that was done in it. */
  readonly notes: readonly string[];
  /** Nodes other than its own that it touched. */
  readonly touched: readonly number[];
  /** Nodes towards which a message was lost. */
  readonly lost: readonly number[];
}

export interface SpanData {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface StandingData extends SpanData {
  readonly node: number;
  readonly standing: 'down' | 'follower' | 'candidate' | 'elected' | 'leader' | 'frozen';
}

export interface BeliefData extends SpanData {
  readonly node: number;
}

export interface DisturbanceData extends SpanData {
  readonly kind: string;
  readonly nodes: readonly number[];
}

/** Units of a license that clients believe to hold, from a moment on. */
export interface LevelData {
  readonly license: string;
  readonly limit: number;
  readonly steps: readonly (readonly [at: number, units: number])[];
}

/** How a Leader accounts for a license in one reign. */
export interface AccountingData {
  readonly license: string;
  readonly node: number;
  readonly to: number;
  readonly steps: readonly (readonly [at: number, mine: number, previous: number, free: number])[];
}

/** How far the clocks of a node are off. The monotonic one begins with any reading: what counts is what it gained since. */
export interface ClockData {
  readonly node: number;
  readonly points: readonly (readonly [at: number, wallMs: number, monotonicMs: number])[];
}

export interface MutantsData {
  readonly seeds: { readonly first: number; readonly count: number };
  readonly mutants: readonly MutantData[];
}

export interface MutantData {
  readonly id: string;
  readonly title: string;
  readonly isEquivalent: boolean;
  readonly seeds: number;
  readonly kills: number;
  readonly firstSeed: number | null;
  /** In which environment it was drawn; null = in whichever that seed draws by itself. */
  readonly firstEnvironment: string | null;
  readonly share: number;
  readonly interval: readonly [number, number];
  /** Seeds in which each property was violated. */
  readonly properties: Readonly<Record<string, number>>;
  readonly isInterrupted: boolean;
}
