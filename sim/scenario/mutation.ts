// A scenario that differs in a few things from one that was worth it. Whatever is changed is something that could have been drawn:
// a fault is drawn anew or must be one that its arbitrary could draw, so that the outside world never does more than its
// environment allows, and a violation stays one.

import { type Chance, stream } from '../kernel/chance.ts';
import { scenarioOf } from './arbitrary.ts';
import { drawsOf } from './draws.ts';
import {
  faultArbitrary,
  fitted,
  isInitial,
  isStoreLoss,
  kindsOf,
  type Surroundings,
} from './fault-arbitraries.ts';
import type { FaultPlan, Scenario } from './scenario.ts';
import { MILLISECOND, SECOND } from './steps.ts';
import { chaosBegins } from './timing.ts';

/** No run has more faults beside the drifts that last for all of it. */
const MOST_FAULTS = 16;

const SHIFTS = [100 * MILLISECOND, 500 * MILLISECOND, 2 * SECOND, 10 * SECOND, 30 * SECOND];

/** One mutant in so many is changed once more, and again. */
const ONCE_MORE = 2;

/** Another scenario of the same environment: `seed` says how `parent` is changed, `other` lends faults and clients. */
export function mutated(parent: Scenario, other: Scenario, seed: number): Scenario {
  const mutation = new Mutation(seed);
  const { savedBy: _, ...plain } = parent;
  let scenario: Scenario = plain;
  do {
    scenario = mutation.changed(scenario, other);
  } while (mutation.chance.below(ONCE_MORE) === 0);
  return scenario;
}

class Mutation {
  readonly chance: Chance;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.chance = stream(seed, 'mutation');
  }

  changed(scenario: Scenario, other: Scenario): Scenario {
    switch (this.chance.below(12)) {
      case 0:
      case 1:
        return withFaults(scenario, this.without(scenario.faults));
      case 2:
      case 3:
        return this.withOneMore(scenario);
      case 4:
      case 5:
      case 6:
        return this.withOneMoved(scenario);
      case 7:
      case 8:
        return this.withOneRedrawn(scenario);
      case 9:
        return this.withFaultsOf(scenario, other);
      case 10:
        return { ...scenario, clients: this.clientsLike(scenario, other) };
      default:
        // The same plan with other luck: messages, disks and sessions draw anew.
        return { ...scenario, seed: this.seed };
    }
  }

  private without(faults: readonly FaultPlan[]): FaultPlan[] {
    const gone = this.placeIn(faults);
    return faults.filter((_, place) => place !== gone);
  }

  private withOneMore(scenario: Scenario): Scenario {
    if (strikingIn(scenario).length >= MOST_FAULTS) return scenario;
    const hasLoss = scenario.faults.some(({ kind }) => isStoreLoss(kind));
    const kinds = kindsOf(scenario.environment, scenario.servers).filter(
      (kind) => !(hasLoss && isStoreLoss(kind)),
    );
    return withFaults(scenario, [
      ...scenario.faults,
      this.drawn(this.oneOf(kinds), surroundingsOf(scenario)),
    ]);
  }

  /** Earlier or later; one that waits for a milestone begins to wait earlier or later. */
  private withOneMoved(scenario: Scenario): Scenario {
    const place = this.placeIn(scenario.faults);
    if (place < 0) return scenario;
    const fault = scenario.faults[place]!;
    const by = this.oneOf(SHIFTS) * (this.chance.below(2) === 0 ? 1 : -1);
    const until = fault.until === scenario.endsAt ? fault.until : fault.until + by;
    return this.replacing(scenario, place, { ...fault, at: fault.at + by, until });
  }

  /** Another of the same kind: at the time of the old one, if it could have been. */
  private withOneRedrawn(scenario: Scenario): Scenario {
    const place = this.placeIn(scenario.faults);
    if (place < 0) return scenario;
    const { kind, at, until } = scenario.faults[place]!;
    const { when: _, ...timed } = this.drawn(kind, surroundingsOf(scenario));
    return this.replacing(scenario, place, { ...timed, kind, at, until });
  }

  /** About half of the faults of each. */
  private withFaultsOf(scenario: Scenario, other: Scenario): Scenario {
    if (!isSameKindOfPool(scenario, other)) return scenario;
    const around = surroundingsOf(scenario);
    const own = scenario.faults.filter((fault) => isInitial(fault) || this.chance.below(2) === 0);
    const hasLoss = own.some(({ kind }) => isStoreLoss(kind));
    const lent = strikingIn(other)
      .map((fault) => (fault.until === other.endsAt ? { ...fault, until: scenario.endsAt } : fault))
      .filter((fault) => this.chance.below(2) === 0 && !(hasLoss && isStoreLoss(fault.kind)))
      .flatMap((fault) => fitted(fault, around) ?? []);
    return withFaults(scenario, [...own, ...lent].slice(0, MOST_FAULTS + own.filter(isInitial).length));
  }

  /** As many clients as before, since links are numbered by them; those of the other, or of a fresh draw. */
  private clientsLike(scenario: Scenario, other: Scenario): Scenario['clients'] {
    const { environment } = scenario;
    const { clients } = this.chance.below(2) === 0 ? other : scenarioOf(this.seed, { environment });
    if (clients.length === 0) return scenario.clients;
    return scenario.clients.map((_, place) => clients[place % clients.length]!);
  }

  /** With that fault, if it could have been drawn; else with a fresh one of its kind. */
  private replacing(scenario: Scenario, place: number, fault: FaultPlan): Scenario {
    const around = surroundingsOf(scenario);
    const fitting = fitted(fault, around) ?? this.drawn(fault.kind, around);
    return withFaults(
      scenario,
      scenario.faults.map((each, at) => (at === place ? fitting : each)),
    );
  }

  private drawn(kind: string, around: Surroundings): FaultPlan {
    const draws = drawsOf(this.chance.uint32());
    return faultArbitrary(kind, around).generate(draws, undefined).value;
  }

  /** One that is not there from the beginning; -1: there is none. */
  private placeIn(faults: readonly FaultPlan[]): number {
    const places = faults.flatMap((fault, place) => (isInitial(fault) ? [] : [place]));
    return places.length === 0 ? -1 : this.oneOf(places);
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[this.chance.below(items.length)]!;
  }
}

export function surroundingsOf(scenario: Scenario): Surroundings {
  const { environment, servers, clients, settings, chaosUntil, endsAt, core, begins = 'founded' } = scenario;
  return {
    begins,
    environment,
    servers,
    clients: clients.length,
    chaosFrom: chaosBegins(environment, begins, settings),
    chaosUntil,
    endsAt,
    core,
    strikes: 'nothing',
  };
}

/** What one suffers the other may suffer as well, if it fits in its time. */
function isSameKindOfPool(a: Scenario, b: Scenario): boolean {
  return (
    a.environment === b.environment &&
    a.servers === b.servers &&
    a.founders === b.founders &&
    a.begins === b.begins &&
    a.core.length === b.core.length &&
    a.core.every((server, place) => server === b.core[place])
  );
}

function strikingIn({ faults }: Scenario): FaultPlan[] {
  return faults.filter((fault) => !isInitial(fault));
}

function withFaults(scenario: Scenario, faults: readonly FaultPlan[]): Scenario {
  return { ...scenario, faults };
}
