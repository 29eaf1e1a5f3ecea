// S24: alerts of soft limits are told when the Leader's table crosses one, and only then [6.33].

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { LicenseKey } from '../src/core/ids.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { KeyLedger, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, timeOf } from './words.ts';

/**
 * S24. Between two steps of an active leader, the keys of which it has told that they are above their soft limit, and not that
 * they are within it again, are those of which its own operations have more units out than the strings in force allow without
 * an alert. Nothing is told twice, nor by anybody else. A reign tells anew what is above. Looked at after each delta and at the
 * first sync after a take-over.
 */
class SoftLimitTold implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** By server: what its present reign has told to be above. */
  private readonly told: Set<LicenseKey>[] = [];
  private readonly tookOver: boolean[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) {
      this.told.push(new Set());
      this.tookOver.push(false);
    }
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    const told = this.told[server]!;
    if (event.kind === 'took over') {
      told.clear();
      this.tookOver[server] = true;
      return;
    }
    if (event.kind !== 'soft limit exceeded' && event.kind !== 'soft limit kept') return;
    const { role } = view.server;
    const isNews = event.kind === 'soft limit exceeded' ? !told.has(event.key) : told.has(event.key);
    if (role.kind === 'leader' && role.isActive && isNews) {
      if (event.kind === 'soft limit exceeded') told.add(event.key);
      else told.delete(event.key);
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)}, a ${role.kind}, tells ${timeOf(at)} of ${event.key}: "${event.kind}"`,
      isNews ? 'an alert of a server that does not lead' : 'the same alert twice',
    );
  }

  deltasMade(at: TrueTime, server: ServerIndex, reign: Reign, view: ServerView): void {
    this.compare(at, server, reign, view);
  }

  serverCommitted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    if (!this.tookOver[server]) return;
    this.tookOver[server] = false;
    const reign = this.ground.reigns[server]!;
    if (reign !== null) this.compare(at, server, reign, view);
  }

  private compare(at: TrueTime, server: ServerIndex, reign: Reign, view: ServerView): void {
    const { role } = view.server;
    if (!reign.isExact || role.kind !== 'leader' || !role.isActive || role.term !== reign.term) return;
    const told = this.told[server]!;
    for (const key of this.ground.keys) {
      const units = reign.units[key.place] ?? 0;
      const most = mostWithoutAlert(reign, key);
      if (units > most === told.has(key.key)) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} has ${timeOf(at)} ${units} units of ${key.key} out, the soft limit is ${most}, and it told ${told.has(key.key) ? 'that it is exceeded' : 'nobody'}`,
        told.has(key.key) ? 'an alert that is not taken back' : 'no alert above a soft limit',
      );
      return;
    }
    this.reporter.held();
  }
}

/** By this leader's operations so far; infinite where no string in force has a soft limit. */
function mostWithoutAlert(reign: Reign, key: KeyLedger): number {
  let most = 0;
  let isSoft = false;
  for (const license of reign.licenses[key.place] ?? []) {
    if (reign.expired.has(license.serial)) continue;
    if (license.startsAt !== null && license.startsAt > reign.highWater) continue;
    most += license.softLimit ?? license.hardLimit;
    isSoft ||= license.softLimit !== null;
  }
  return isSoft ? most : Number.POSITIVE_INFINITY;
}

export const softLimitTold: Property = {
  id: 'S24',
  name: 'SoftLimitTold',
  statement:
    'A leader tells that a soft limit is exceeded, or kept again, exactly when its table crosses it.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new SoftLimitTold(ground, reporter),
};
