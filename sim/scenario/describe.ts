// A scenario in a few lines for people: what the swarm draw gave to this run, and what it left out.

import { kindsOf } from './fault-arbitraries.ts';
import { type ClientPlan, foundersOf, type Scenario } from './scenario.ts';

const ENVIRONMENT_TEXTS: Readonly<Record<Scenario['environment'], string>> = {
  E1: 'asynchronous network, clocks at any rate',
  E2: 'asynchronous network, bounded drift',
  E3: 'bounded drift, then a core that works',
  E4: 'bounded drift, wall clocks that jump',
  E5: 'bounded drift, un-synced writes lost or torn',
  E6: 'bounded drift, a disk lost or set back to an older image',
  E7: 'bounded drift, license files edited, then a core that works',
};

/** One line a subject, without a line feed at the end. */
export function describeScenario(scenario: Scenario): string {
  const { environment, link, syncFrom, syncTo, driftPpm, logLimitBytes } = scenario;
  return [
    `seed      ${scenario.seed} in ${environment}: ${ENVIRONMENT_TEXTS[environment]}`,
    `pool      ${count(scenario.servers, 'server')}${foundersText(scenario)}${beginningText(scenario)}${coreOf(scenario)}`,
    `licenses  ${scenario.licenses.map(licenseText).join('; ')}`,
    `clients   ${clientsText(scenario.clients)}`,
    `network   ${range([link.delayFrom, link.delayTo], 1000)} ms a message, ${range([syncFrom, syncTo], 1000)} ms a sync, log of ${logLimitBytes} bytes`,
    `clocks    drift up to ${driftPpm} ppm`,
    `timers    ${settingsText(scenario.settings)}`,
    `faults    ${faultsText(scenario)}`,
    ...(scenario.moves === undefined ? [] : [`steered   ${count(scenario.moves.length, 'move')}`]),
    `time      faults until ${seconds(scenario.chaosUntil)}, clients until ${seconds(scenario.clientsUntil)}, end at ${seconds(scenario.endsAt)}`,
  ].join('\n');
}

function foundersText(scenario: Scenario): string {
  const founders = foundersOf(scenario);
  return founders === scenario.servers ? '' : `, ${founders} of them at the start`;
}

function beginningText({ begins }: Scenario): string {
  if (begins === undefined) return '';
  return begins === 'blank' ? ', not formed yet, to be in quarantine' : ', not formed yet';
}

function coreOf(scenario: Scenario): string {
  if (scenario.core.length === 0) return '';
  return `, core ${scenario.core.map((server) => `s${server + 1}`).join(' ')} from ${seconds(scenario.chaosUntil)}`;
}

function licenseText(license: Scenario['licenses'][number]): string {
  const {
    feature,
    version,
    hardLimit,
    keyLifetimeMs,
    startsAfterMs,
    endsAfterMs,
    isTamperChecked,
    softLimit,
  } = license;
  const from = startsAfterMs === undefined ? '' : `, from ${startsAfterMs / 1000} s`;
  const until = endsAfterMs === undefined ? '' : `, until ${endsAfterMs / 1000} s`;
  const soft = softLimit === undefined ? '' : `, alert above ${softLimit}`;
  const checked = isTamperChecked ? ', refused while clocks are set back' : '';
  return `${feature} ${version}: ${count(hardLimit, 'unit')}${soft}, keys for ${keyLifetimeMs / 1000} s${from}${until}${checked}`;
}

function clientsText(clients: readonly ClientPlan[]): string {
  if (clients.length === 0) return 'none';
  const of = (field: Exclude<keyof ClientPlan, 'skip'>) => clients.map((client) => client[field] ?? 0);
  const habits = [
    `pause ${range(of('meanThink'), 1_000_000)} s`,
    `hold ${range(of('meanHold'), 1_000_000)} s`,
    `${range(of('sessions'), 1)} sessions`,
    `up to ${range(of('mostUnits'), 1)} units`,
    `${range(of('neverReleasePpm'), 10_000)} % forget to release`,
    `${range(of('crashPpm'), 10_000)} % crash`,
    `${range(of('giveUpPpm'), 10_000)} % give up`,
  ];
  return `${clients.length}: ${habits.join(', ')}`;
}

function settingsText(settings: Scenario['settings']): string {
  const names = Object.keys(settings).sort();
  return names.length === 0 ? 'as by default' : names.map((name) => `${name}=${settings[name]}`).join(' ');
}

function faultsText(scenario: Scenario): string {
  const counts = new Map<string, number>();
  for (const { kind } of scenario.faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const present = [...counts].map(([kind, times]) => `${kind} ×${times}`);
  const absent = kindsOf(scenario.environment, scenario.servers).filter((kind) => !counts.has(kind));
  const off = absent.length === 0 ? '' : ` (without ${absent.join(', ')})`;
  return `${present.length === 0 ? 'none' : present.join(', ')}${off}`;
}

/** `3` or `1–8`, each divided by `unit`. */
function range(values: readonly number[], unit: number): string {
  const least = Math.min(...values) / unit;
  const most = Math.max(...values) / unit;
  return least === most ? String(least) : `${least}–${most}`;
}

function seconds(micros: number): string {
  return `${micros / 1_000_000} s`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
