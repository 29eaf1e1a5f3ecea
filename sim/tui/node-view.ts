// What one node is at a moment, as named values to show: its standing, its table, its clocks, its disk, its timers. Plain data, so
// that two moments can be compared.

import type { Client } from '../../src/core/client/state.ts';
import { electionRoundOf, formatHandle, ownerOf } from '../../src/core/ids.ts';
import type { Leader, Server } from '../../src/core/server/state.ts';
import { NEVER } from '../../src/core/time.ts';
import { licenseOf } from '../explain/timeline.ts';
import { ClientMachine } from '../pool/client-machine.ts';
import { ServerMachine } from '../pool/server-machine.ts';
import { RUN_BEGINS } from '../scenario/scenario.ts';
import type { Host } from '../world/host.ts';
import type { World } from '../world/world.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
}

export interface NodeView {
  readonly title: string;
  readonly fields: readonly Field[];
  /** One a handle: who holds what. */
  readonly handles: readonly Field[];
}

/** The node of that place, servers first. */
export function nodeViewOf(world: World, node: number): NodeView {
  const host = world.hosts[node]!;
  const { machine } = host;
  const name = node < world.servers ? `s${node + 1}` : `c${node - world.servers + 1}`;
  const around = [...outsideFields(host), ...clockFields(world, host)];
  if (machine instanceof ServerMachine && machine.view !== undefined) {
    const { server, durable } = machine.view;
    const now = host.clock.local(world.now);
    return {
      title: `${name}  ${standingText(server)}`,
      fields: [
        ...serverFields(server),
        field('disk', `${positionText(durable.position)}, promised ${roundText(durable.promised)}`),
        ...around,
        ...timerFields(server, now),
      ],
      handles: handlesOf(server),
    };
  }
  if (machine instanceof ClientMachine) {
    const { library } = machine;
    return {
      title: `${name}  client`,
      fields: [field('server', library.server), ...around],
      handles: beliefsOf(library, host),
    };
  }
  return { title: `${name}  down`, fields: around, handles: [] };
}

/** The fields of `after` that are not the same, or not there, before. */
export function changedFields(before: readonly Field[], after: readonly Field[]): ReadonlySet<string> {
  const known = new Map(before.map(({ name, value }) => [name, value]));
  return new Set(after.filter(({ name, value }) => known.get(name) !== value).map(({ name }) => name));
}

function serverFields(server: Readonly<Server>): Field[] {
  const { register, role, meta } = server;
  const fields = [
    field('position', positionText(register?.position ?? null)),
    field('promised', roundText(meta.promised)),
  ];
  if (role.kind === 'leader') fields.push(...leaderFields(role));
  if (role.kind === 'candidate') fields.push(field('votes', String(role.votes.size)));
  if (!meta.isMember) fields.push(field('member', meta.isRetired ? 'retired' : 'not yet'));
  if (server.isUnfit) fields.push(field('disk full', 'takes nothing'));
  if (register === null) return [...fields, field('state', 'blank')];
  const { charter, table, catalog } = register;
  const order = charter.file.members.map((slot) => charter.hosts.get(slot) ?? `slot ${slot}`);
  fields.push(field('file', `${charter.file.version}: ${order.join(' ')}`));
  if (charter.isForming) fields.push(field('pool', 'forming'));
  else if (charter.isInQuarantine) fields.push(field('pool', 'in quarantine'));
  for (const key of catalog.keys()) {
    const limit = catalog.stringsOf(key).reduce((sum, { hardLimit }) => sum + hardLimit, 0);
    const used = table.unitsInUse(key);
    const mine = table.unitsOfMine(key);
    fields.push(field(licenseOf(key), `mine ${mine}  previous ${used - mine}  of ${limit}`));
  }
  return fields;
}

function leaderFields(leader: Leader): Field[] {
  const { handOver } = leader;
  const waiting = leader.pending.length - leader.pendingFrom;
  return [
    field('round', `${leader.round}, confirmed ${leader.confirmedRound}`),
    ...(waiting > 0 ? [field('answers', `${waiting} wait for a round`)] : []),
    ...(leader.held.length > 0 ? [field('held', `${leader.held.length} calls`)] : []),
    ...(handOver === null ? [] : [field('hand-over', `${handOver.phase} with s${handOver.to + 1}`)]),
  ];
}

function timerFields(server: Readonly<Server>, now: number): Field[] {
  if (server.role.kind === 'leader') return [];
  const led = server.isLed && server.reign !== null ? `follows s${server.reign.leader + 1}` : 'no leader';
  return [field('hears', led), field('election', `in ${millisText(server.electionDueAt - now)}`)];
}

function handlesOf({ register, role }: Readonly<Server>): Field[] {
  if (register === null) return [];
  const { table } = register;
  return [...table.live.values()].map((holding) => {
    const { handle, key, units, owner } = holding.token;
    const whose = role.kind === 'leader' ? (table.isMine(holding) ? ' mine' : ' previous') : '';
    return field(formatHandle(handle).slice(0, 8), `${units} ${licenseOf(key)} ${owner}${whose}`);
  });
}

function beliefsOf({ handles }: Readonly<Client>, host: Host): Field[] {
  return [...handles.values()].map(({ handle, key, units, state, deadline, task }) => {
    const until =
      state === 'held' && deadline < NEVER ? ` until ${secondText(host.clock.trueTimeOf(deadline))}` : '';
    const doing = task === null ? '' : `, ${task.call} at ${task.target}`;
    return field(formatHandle(handle).slice(0, 8), `${units} ${licenseOf(key)} ${state}${until}${doing}`);
  });
}

function outsideFields(host: Host): Field[] {
  if (!host.isUp) return [field('process', 'down')];
  if (host.isAsleep) return [field('process', 'asleep')];
  return host.isPaused ? [field('process', 'paused')] : [];
}

/** A clock's error is against the time that only the simulator knows. */
function clockFields(world: World, { clock }: Host): Field[] {
  const ppm = clock.monotonicPpm();
  const still = clock.isSuspended() ? ', stands still' : '';
  // A wall clock is read in whole milliseconds: less than ten says nothing.
  const error = Math.round((clock.wall(world.now) - (RUN_BEGINS + world.now / 1000)) / 10) * 10;
  return [
    field('clock', `${ppm >= 0 ? '+' : ''}${ppm} ppm${still}`),
    field('wall', `${error >= 0 ? '+' : '−'}${spanText(Math.abs(error))}`),
  ];
}

function standingText({ role, meta }: Readonly<Server>): string {
  switch (role.kind) {
    case 'leader':
      return `${role.isActive ? 'Leader' : 'elected'}, term ${termText(role.term)}`;
    case 'candidate':
      return `candidate, term ${termText(role.term)}`;
    case 'founder':
      return 'founds a pool';
    case 'follower':
      return meta.isMember ? 'follower' : 'no member';
  }
}

export function termText(term: number): string {
  return term === 0 ? 'none' : `${electionRoundOf(term)} of s${ownerOf(term) + 1}`;
}

function roundText(term: number): string {
  return term === 0 ? 'nothing' : `term ${electionRoundOf(term)}`;
}

function positionText(position: { readonly term: number; readonly index: number } | null): string {
  return position === null ? 'blank' : `${electionRoundOf(position.term)}.${position.index}`;
}

function millisText(micros: number): string {
  return `${Math.round(micros / 1000)} ms`;
}

function secondText(at: number): string {
  return `${(at / 1e6).toFixed(3)} s`;
}

/** Milliseconds in the largest unit of which there is one. */
function spanText(millis: number): string {
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 120_000) return `${(millis / 1000).toFixed(1)} s`;
  if (millis < 7_200_000) return `${(millis / 60_000).toFixed(1)} min`;
  if (millis < 172_800_000) return `${(millis / 3_600_000).toFixed(1)} h`;
  return `${(millis / 86_400_000).toFixed(1)} d`;
}

function field(name: string, value: string): Field {
  return { name, value };
}
