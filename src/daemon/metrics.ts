// What a server counts of itself, and how it stands, in the text format of Prometheus; and whether it is of use, in one line of
// JSON. Numbers of tokens are those of an active Leader: what a Follower has seen may be old.

import type { Report } from '../core/message.ts';
import type { ServerEvent } from '../core/turn.ts';

/** What only the daemon knows. */
export interface Surroundings {
  /** Connections that were not dealt with. */
  readonly turnedAway: number;
  readonly connections: Readonly<Record<string, number>>;
  readonly droppedFrames: number;
  readonly refusedFrames: number;
  readonly keysExpireAt: Date | null;
}

interface Family {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}

const FAMILIES = {
  regency_role: { type: 'gauge', help: 'The part that this server plays: 1 for the one that it does.' },
  regency_active: { type: 'gauge', help: 'Whether it is a Leader that answers clients.' },
  regency_ready: { type: 'gauge', help: 'Whether it leads, or follows and could take over.' },
  regency_term: { type: 'gauge', help: 'The reign that it knows of.' },
  regency_quorum_age_seconds: { type: 'gauge', help: 'Since the last round that a quorum confirmed began.' },
  regency_file_version: { type: 'gauge', help: 'Version of the license file in force.' },
  regency_disk_full: { type: 'gauge', help: 'Whether its disk has no room.' },
  regency_quarantine: { type: 'gauge', help: 'Whether the pool is in quarantine.' },
  regency_clocks_set_back: { type: 'gauge', help: 'Whether the clocks of a quorum were set back.' },
  regency_member_present: { type: 'gauge', help: 'Whether the Leader hears that member.' },
  regency_tokens: {
    type: 'gauge',
    help: 'Tokens of a feature: all, those granted or renewed in this reign, those of before, free ones.',
  },
  regency_grants_total: { type: 'counter', help: 'Requests granted.' },
  regency_renewals_total: { type: 'counter', help: 'Updates granted.' },
  regency_denials_total: { type: 'counter', help: 'Requests refused, by code.' },
  regency_ends_total: { type: 'counter', help: 'Tokens that came back, by how.' },
  regency_take_overs_total: { type: 'counter', help: 'Reigns of this server, by how they began.' },
  regency_step_downs_total: { type: 'counter', help: 'Reigns of this server that ended, by why.' },
  regency_soft_limit_exceeded_total: { type: 'counter', help: 'How often a soft limit was exceeded.' },
  regency_turned_away_total: { type: 'counter', help: 'Connections that were not dealt with.' },
  regency_connections: { type: 'gauge', help: 'Connections that others made to this server.' },
  regency_dropped_frames_total: { type: 'counter', help: 'Messages to other servers that could not leave.' },
  regency_refused_frames_total: { type: 'counter', help: 'Frames that were no messages.' },
  regency_keys_expire_timestamp_seconds: { type: 'gauge', help: 'When its certificate expires.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory.' },
} as const satisfies Record<string, Family>;

type Name = keyof typeof FAMILIES;
type Labels = Readonly<Record<string, string>>;

export class Metrics {
  private readonly counters = new Map<Name, Map<string, number>>();

  constructor() {
    // What never happened is 0, not absent.
    for (const name of [
      'regency_grants_total',
      'regency_renewals_total',
      'regency_soft_limit_exceeded_total',
    ] as const)
      this.count(name, {}, 0);
  }

  noted(event: ServerEvent): void {
    switch (event.kind) {
      case 'granted':
        this.count('regency_grants_total');
        break;
      case 'renewed':
        this.count('regency_renewals_total');
        break;
      case 'refused':
        this.count('regency_denials_total', { code: event.code.name });
        break;
      case 'ended':
        this.count('regency_ends_total', { how: event.reason });
        break;
      case 'took over':
        this.count('regency_take_overs_total', { how: event.viaHandOver ? 'hand-over' : 'silence' });
        break;
      case 'stepped down':
        this.count('regency_step_downs_total', { why: event.reason });
        break;
      case 'soft limit exceeded':
        this.count('regency_soft_limit_exceeded_total');
        break;
    }
  }

  text(report: Report, around: Surroundings): string {
    const samples = new Map<Name, [Labels, number][]>();
    const put = (name: Name, value: number | boolean | null, labels: Labels = {}): void => {
      if (value === null) return;
      const list = samples.get(name) ?? [];
      list.push([labels, Number(value)]);
      samples.set(name, list);
    };
    for (const role of ['follower', 'candidate', 'founder', 'leader'])
      put('regency_role', report.role === role, { role });
    put('regency_active', report.isActive);
    put('regency_ready', isReady(report));
    put('regency_term', report.term);
    put('regency_quorum_age_seconds', report.quorumAge === null ? null : report.quorumAge / 1e6);
    put('regency_file_version', report.fileVersion);
    put('regency_disk_full', report.isUnfit);
    put('regency_quarantine', report.isInQuarantine);
    put('regency_clocks_set_back', report.isActive ? report.isTampered : null);
    for (const { host, isPresent } of report.members) put('regency_member_present', isPresent, { host });
    for (const { key, tokens } of report.keys) {
      const [feature = '', version = ''] = key.split('|');
      for (const state of ['total', 'mine', 'previous', 'free'] as const)
        put('regency_tokens', tokens[state], { feature, version, state });
    }
    for (const [speaker, count] of Object.entries(around.connections))
      put('regency_connections', count, { speaker });
    put('regency_turned_away_total', around.turnedAway);
    put('regency_dropped_frames_total', around.droppedFrames);
    put('regency_refused_frames_total', around.refusedFrames);
    put('regency_keys_expire_timestamp_seconds', around.keysExpireAt && around.keysExpireAt.getTime() / 1000);
    put('process_resident_memory_bytes', process.memoryUsage.rss());

    const lines: string[] = [];
    for (const [name, { type, help }] of Object.entries(FAMILIES) as [Name, Family][]) {
      const counted = this.counters.get(name) ?? new Map<string, number>();
      const current = samples.get(name) ?? [];
      if (counted.size + current.length === 0) continue;
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      for (const [labels, value] of counted) lines.push(`${name}${labels} ${value}`);
      for (const [labels, value] of current) lines.push(`${name}${asText(labels)} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }

  private count(name: Name, labels: Labels = {}, by = 1): void {
    const family = this.counters.get(name) ?? new Map<string, number>();
    const text = asText(labels);
    family.set(text, (family.get(text) ?? 0) + by);
    this.counters.set(name, family);
  }
}

/** It leads and answers clients, or it follows a Leader and could take over from it. */
export function isReady({ role, isActive, isMember, isUnfit, leader, isForming }: Report): boolean {
  if (isForming || isUnfit) return false;
  return role === 'leader' ? isActive : role === 'follower' && isMember && leader !== null;
}

function asText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
