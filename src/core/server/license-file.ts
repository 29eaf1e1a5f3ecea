// The license file in force [§12]: how an edit on one server's disk becomes everybody's. A server offers it in each of its
// replies, the Leader fetches it, checks it and puts it in force like any change of the state, and everybody installs it
// once it is committed. What lost is saved beside it.

import { VLS_CONF_FILE_ERROR } from '../codes.ts';
import type { FileOffer, FilePart, FileRequest } from '../message.ts';
import { hashOfPoolFile, MOST_BYTES } from '../pool-file-text.ts';
import { type FileInForce, type LocalFile, type Meta, metaOf } from '../state.ts';
import { elapsed } from '../time.ts';
import type { Replaced, ServerTurn } from '../turn.ts';
import { follows } from './file-offer.ts';
import { verifyFile } from './file-verification.ts';
import { isJoint, membersNamed, prepareChange } from './membership.ts';
import { isInSet } from './quorum.ts';
import { kick, propose } from './rounds.ts';
import {
  type FileFetch,
  headerOf,
  hostKnownAs,
  hostOf,
  type Leader,
  type Peer,
  type Register,
  type Server,
} from './state.ts';

/** Bytes in one message: a file must not stand before a heartbeat [4.5]. */
export const MOST_PART_BYTES = 64 * 1024;

/** A Leader hears that somebody edited the file on that server's disk [12.5]. */
export function considerOffer(
  server: Server,
  leader: Leader,
  register: Register,
  peer: Peer,
  offer: FileOffer,
  turn: ServerTurn,
): void {
  const { slot } = peer;
  // Whoever takes over from a Leader that was removed will consider it: this one could not bring itself in again [13.8].
  if (!isInSet(register.membership, server.meta.slot)) return;
  const counts = peer.isMember && register.membership.stores.get(slot) === peer.store;
  if (!counts || !register.membership.members.includes(slot)) return;
  if (leader.fileFetch !== null || !mayTake(leader, register, offer)) return;
  leader.fileFetch = {
    from: slot,
    offer,
    pieces: [],
    received: 0,
    askedAt: turn.now,
    answeredAt: turn.now,
  };
  askForPiece(server, leader.fileFetch, turn);
}

/**
 * One change after the other, and none while the lead is handed over: the file in force must be confirmed, and with it that it may be among the past ones. Were a
 * file replaced before that, an edit that never was in force would count as an earlier version, and be forgotten.
 */
function mayTake(leader: Leader, register: Register, offer: FileOffer): boolean {
  if (!leader.isActive || leader.handOver !== null || leader.change !== null) return false;
  const confirmed = leader.rounds[0]!.membership;
  const { membership, charter } = register;
  const isSettled =
    confirmed.fileVersion === membership.fileVersion &&
    confirmed.oldMembers === null &&
    membership.oldMembers === null;
  return isSettled && follows(offer, charter.file) && !leader.refusedFiles.has(offer.hash);
}

function askForPiece(server: Server, fetch: FileFetch, turn: ServerTurn): void {
  fetch.askedAt = turn.now;
  turn.send(hostOf(server.register!, fetch.from), {
    kind: 'file-request',
    header: headerOf(server),
    hash: fetch.offer.hash,
    offset: fetch.received,
  });
}

/** On each tick of a Leader: a piece that does not come is asked for again, a server that is silent is left alone. */
export function nurseFileFetch(server: Server, leader: Leader, turn: ServerTurn): void {
  const { fileFetch } = leader;
  if (fileFetch === null) return;
  const { electionTimeout, heartbeatInterval } = server.settings;
  if (elapsed(fileFetch.answeredAt, turn.now) >= electionTimeout) leader.fileFetch = null;
  else if (elapsed(fileFetch.askedAt, turn.now) >= heartbeatInterval) askForPiece(server, fileFetch, turn);
}

export function onFileRequest(server: Server, message: FileRequest, turn: ServerTurn): void {
  const { hash, offset } = message;
  const { localFile } = server;
  const host = hostKnownAs(server, message.header.from);
  if (host === null || localFile?.hash !== hash || offset > localFile.body.length) return;
  const { body } = localFile;
  turn.send(host, {
    kind: 'file-part',
    header: headerOf(server),
    hash,
    offset,
    total: body.length,
    bytes: body.slice(offset, offset + MOST_PART_BYTES),
  });
}

export function onFilePart(server: Server, message: FilePart, turn: ServerTurn): void {
  const { role: leader, register } = server;
  if (leader.kind !== 'leader' || register === null) return;
  const { fileFetch } = leader;
  if (fileFetch === null || message.header.from !== fileFetch.from) return;
  if (message.hash !== fileFetch.offer.hash || message.offset !== fileFetch.received) return;
  fileFetch.pieces.push(message.bytes);
  fileFetch.received += message.bytes.length;
  fileFetch.answeredAt = turn.now;
  if (fileFetch.received > MOST_BYTES) leader.fileFetch = null;
  else if (fileFetch.received < message.total) askForPiece(server, fileFetch, turn);
  else finishFileFetch(server, leader, register, fileFetch, turn);
}

function finishFileFetch(
  server: Server,
  leader: Leader,
  register: Register,
  { from, offer, pieces, received }: FileFetch,
  turn: ServerTurn,
): void {
  leader.fileFetch = null;
  // It is offered again until something has become of it.
  if (!isInSet(register.membership, server.meta.slot) || !mayTake(leader, register, offer)) return;
  const { hash, version } = offer;
  const body = joined(pieces, received);
  const verdict = hashOfPoolFile(body) === hash ? verifyFile(body) : 'it is not what was offered';
  const objection = typeof verdict === 'string' ? verdict : turn.objectionTo(body);
  if (typeof verdict === 'string' || objection !== null) {
    leader.refusedFiles.add(hash);
    turn.note({ kind: 'file refused', from, hash, because: objection! });
    return;
  }
  const members = membersNamed(register, verdict);
  if (members !== null && !isJoint(register, members)) {
    const position = propose(
      server,
      leader,
      [{ kind: 'file', version, hash, body, members, oldMembers: null }],
      turn,
    );
    turn.note({ kind: 'file accepted', from, version, position });
    kick(server, leader, turn);
  } else {
    prepareChange(server, leader, register, { from, version, hash, body, hosts: verdict }, turn);
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}

/**
 * Installs the file in force if it is committed and does not lie here yet [12.6]. `confirmed`: its version at the last
 * confirmed position of the Leader whose state this is. An edit that is installed from a state which is later lost would
 * count as installed, and vanish.
 */
export function installFile(server: Server, register: Register, confirmed: number, turn: ServerTurn): void {
  const { meta, localFile, fileOffer } = server;
  const { file } = register.charter;
  if (file.version > confirmed) return;
  const { lastFile } = meta;
  const isHere = localFile !== null && localFile.hash === file.hash;
  const isNoted = lastFile !== null && lastFile.version === file.version && lastFile.hash === file.hash;
  if (isNoted && (isHere || fileOffer !== null)) return;
  // It may still come into force.
  if (!isHere && fileOffer !== null && follows(fileOffer, file)) return;
  const { version, hash, body } = file;
  const replaced = whatLies(localFile, lastFile, file);
  const lost = replaced === 'an edit that lost' ? { body: localFile!.body, lostTo: version } : null;
  if (!isHere) {
    turn.installed(body, lost);
    server.localFile = { body, hash };
  }
  server.fileOffer = null;
  server.meta = metaOf({ ...meta, lastFile: { version, hash } });
  turn.metaChanged();
  if (lost !== null)
    turn.note({ kind: 'edit lost', lostTo: version, hash: localFile!.hash, code: VLS_CONF_FILE_ERROR });
  turn.note({ kind: 'file installed', version, hash, replaced });
}

/** What is on the disk where the file in force belongs. Only what was never in force is worth keeping [12.7]. */
function whatLies(localFile: LocalFile | null, lastFile: Meta['lastFile'], file: FileInForce): Replaced {
  if (localFile === null) return 'nothing';
  const { hash } = localFile;
  if (hash === file.hash) return 'the same';
  if (hash === lastFile?.hash) return 'the one before';
  return file.past.includes(hash) ? 'an older one' : 'an edit that lost';
}
