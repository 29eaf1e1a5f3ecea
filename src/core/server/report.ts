// What a server tells an operator's tools of itself [4.7]: what it holds to be true at this instant. It waits for no round and
// for no disk, since it is wanted most when neither comes; so nothing may be decided by it but what to ask or to order next.

import type { KeyReport, MemberReport, Report } from '../message.ts';
import { type Duration, earlier, elapsed, type Instant, type Stamp } from '../time.ts';
import { tokensOf } from './licensing.ts';
import { poolTimeAt } from './pool-clock.ts';
import { hostOf, type Leader, leaderHint, type Register, type Server } from './state.ts';

export function reportOf(server: Server, now: Instant): Report {
  const { host, meta, register, role, incarnation } = server;
  const leader = role.kind === 'leader' ? role : null;
  const reigns = leader?.isActive === true && register !== null;
  const poolTime = reigns ? poolTimeAt(register, leader.poolClock, now) : null;
  return {
    kind: 'report',
    host,
    poolId: meta.poolId,
    slot: meta.slot,
    store: meta.store,
    incarnation,
    stamp: now as number as Stamp,
    role: role.kind,
    isActive: leader?.isActive ?? false,
    term: leader?.term ?? server.reign?.term ?? 0,
    leader: leaderHint(server),
    promised: meta.promised,
    position: register?.position ?? null,
    durable: server.durablePosition,
    isMember: meta.isMember,
    isUnfit: server.isUnfit,
    isForming: register?.charter.isForming ?? false,
    isInQuarantine: register?.charter.isInQuarantine ?? false,
    standsBack: server.standsBack,
    fileVersion: register?.charter.file.version ?? 0,
    quorumAge: reigns ? elapsed(leader.lastQuorumAt, now) : null,
    poolTime,
    isTampered: leader?.poolClock.isTampered ?? false,
    members: reigns ? membersOf(server, leader, register, now) : [],
    keys: poolTime === null ? [] : keysOf(register!, poolTime),
  };
}

function membersOf(server: Server, leader: Leader, register: Register, now: Instant): MemberReport[] {
  const silentSince = earlier(now, (3 * server.settings.heartbeatInterval) as Duration);
  return register.membership.members.map((slot) => {
    const isSelf = slot === server.meta.slot;
    const peer = leader.peers.get(slot);
    return {
      slot,
      host: hostOf(register, slot),
      isPresent: isSelf || (peer !== undefined && peer.heardAt > silentSince),
      isMember: isSelf ? server.meta.isMember : (peer?.isMember ?? false),
      isUnfit: isSelf ? server.isUnfit : (peer?.isUnfit ?? false),
      position: isSelf ? server.durablePosition : (peer?.position ?? null),
    };
  });
}

function keysOf(register: Register, poolTime: NonNullable<Report['poolTime']>): KeyReport[] {
  return [...register.catalog.keys()].map((key) => ({ key, tokens: tokensOf(register, key, poolTime) }));
}
