// Servers outside the set [13.8–13.10]: who was removed asks now and then, and a member that knows better tells it that it is
// gone. Then it forgets everything, so that it can open no second pool.

import { comparePositions } from '../ids.ts';
import type { Gone, Header, PreVote } from '../message.ts';
import type { ServerTurn } from '../turn.ts';
import { retire } from './new-store.ts';
import { headerOf, type Register, type Server } from './state.ts';

/** It never stands, and ignores the votes: only that it is gone matters. */
export function askWhetherGone(server: Server, register: Register, turn: ServerTurn): void {
  const { host } = server;
  const asked = new Set<string>();
  for (const other of register.charter.hosts.values()) {
    if (other === host || asked.has(other)) continue;
    asked.add(other);
    turn.send(other, {
      kind: 'pre-vote',
      header: headerOf(server),
      canvass: 'timeout',
      forTerm: 0,
      host,
      seesMajority: false,
    });
  }
}

/** Who is ahead may be a member of a set that this server has not heard of: then this one is behind. */
export function isAhead(header: Header, register: Register): boolean {
  return header.durable !== null && comparePositions(header.durable, register.position) > 0;
}

/**
 * Tells an outsider that it is gone, if that is certain: the file in force is settled and installed here, this server is in
 * its set, and the outsider's store is not one of a newcomer on its way in.
 */
export function answerOutsider(server: Server, register: Register, message: PreVote, turn: ServerTurn): void {
  const { meta } = server;
  const { file, stores } = register.charter;
  const { from, store } = message.header;
  const isCertain =
    meta.isMember &&
    meta.lastFile?.version === file.version &&
    server.settledFile === file.version &&
    file.members.includes(meta.slot);
  if (!isCertain || stores.has(from)) return;
  turn.send(message.host, { kind: 'gone', header: headerOf(server), fileVersion: file.version, store });
}

export function onGone(server: Server, message: Gone, turn: ServerTurn): void {
  const { register, meta } = server;
  if (register === null || server.role.kind === 'leader' || message.store !== meta.store) return;
  if (message.fileVersion < register.charter.file.version) return;
  retire(server, message.fileVersion, turn);
}
