// What servers say to each other as bytes: one tag and one pair of functions per message, and two switches that the
// compiler checks to be complete. A new message is one tag, one pair, two lines.

import type { StoreId } from '../core/ids.ts';
import type {
  Append,
  AppendReply,
  CanvassKind,
  FileOffer,
  FilePart,
  FileRequest,
  Form,
  FormVote,
  Gone,
  Header,
  Lost,
  Prepare,
  PreVote,
  PreVoteReply,
  Ready,
  ReForm,
  Reject,
  ServerMessage,
  StatePart,
  StateRequest,
  TakeOver,
  Trial,
  Vote,
} from '../core/message.ts';
import type { Delta, LiveHandle } from '../core/state.ts';
import type { Reader, Writer } from './fields.ts';
import {
  LEAST_DELTA_BYTES,
  LEAST_LIVE_BYTES,
  MOST_BODY_BYTES,
  MOST_FILE_VERSION,
  MOST_HASH_BYTES,
  MOST_HOST_BYTES,
  readCharter,
  readDelta,
  readEnded,
  readLive,
  readMaybePosition,
  readMembership,
  readPosition,
  readWitness,
  readWitnesses,
  writeCharter,
  writeDelta,
  writeEnded,
  writeLive,
  writeMaybePosition,
  writeMembership,
  writePosition,
  writeWitness,
  writeWitnesses,
} from './state-codec.ts';

/** The tag of each message on the wire; never used again for another one. */
const TAGS = {
  'pre-vote': 1,
  'pre-vote-reply': 2,
  prepare: 3,
  vote: 4,
  reject: 5,
  'state-request': 6,
  'state-part': 7,
  append: 8,
  'append-reply': 9,
  trial: 10,
  ready: 11,
  'take-over': 12,
  'file-request': 13,
  'file-part': 14,
  gone: 15,
  lost: 16,
  form: 17,
  'form-vote': 18,
  're-form': 19,
} as const satisfies Record<ServerMessage['kind'], number>;

type Tag = (typeof TAGS)[ServerMessage['kind']];

const LEAST_TAG = 1;
const GREATEST_TAG = 19;

export function writeServerMessage(to: Writer, message: ServerMessage): void {
  to.byte(TAGS[message.kind]);
  writeHeader(to, message.header);
  switch (message.kind) {
    case 'append':
      writeAppend(to, message);
      break;
    case 'append-reply':
      writeAppendReply(to, message);
      break;
    case 'pre-vote':
      writePreVote(to, message);
      break;
    case 'pre-vote-reply':
      writePreVoteReply(to, message);
      break;
    case 'prepare':
      writePrepare(to, message);
      break;
    case 'vote':
      writeVote(to, message);
      break;
    case 'reject':
      writeReject(to, message);
      break;
    case 'state-request':
      writeStateRequest(to, message);
      break;
    case 'state-part':
      writeStatePart(to, message);
      break;
    case 'trial':
      writeTrial(to, message);
      break;
    case 'ready':
      writeReady(to, message);
      break;
    case 'take-over':
      writeTakeOver(to, message);
      break;
    case 'file-request':
      writeFileRequest(to, message);
      break;
    case 'file-part':
      writeFilePart(to, message);
      break;
    case 'gone':
      writeGone(to, message);
      break;
    case 'lost':
      writeLost(to, message);
      break;
    case 'form':
      writeForm(to, message);
      break;
    case 'form-vote':
      writeFormVote(to, message);
      break;
    case 're-form':
      writeReForm(to, message);
      break;
    default:
      message satisfies never;
  }
}

/** Reads on even when the reader has refused something: whoever calls looks at `from.failed`. */
export function readServerMessage(from: Reader): ServerMessage | null {
  const tag = from.byte();
  if (tag < LEAST_TAG || tag > GREATEST_TAG) {
    from.refuse('no message between servers has that tag');
    return null;
  }
  const header = readHeader(from);
  const known = tag as Tag;
  switch (known) {
    case TAGS.append:
      return readAppend(from, header);
    case TAGS['append-reply']:
      return readAppendReply(from, header);
    case TAGS['pre-vote']:
      return readPreVote(from, header);
    case TAGS['pre-vote-reply']:
      return readPreVoteReply(from, header);
    case TAGS.prepare:
      return readPrepare(from, header);
    case TAGS.vote:
      return readVote(from, header);
    case TAGS.reject:
      return readReject(from, header);
    case TAGS['state-request']:
      return readStateRequest(from, header);
    case TAGS['state-part']:
      return readStatePart(from, header);
    case TAGS.trial:
      return readTrial(from, header);
    case TAGS.ready:
      return readReady(from, header);
    case TAGS['take-over']:
      return readTakeOver(from, header);
    case TAGS['file-request']:
      return readFileRequest(from, header);
    case TAGS['file-part']:
      return readFilePart(from, header);
    case TAGS.gone:
      return readGone(from, header);
    case TAGS.lost:
      return readLost(from, header);
    case TAGS.form:
      return readForm(from, header);
    case TAGS['form-vote']:
      return readFormVote(from, header);
    case TAGS['re-form']:
      return readReForm(from, header);
    default:
      known satisfies never;
      return null;
  }
}

function writeHeader(to: Writer, header: Header): void {
  to.whole(header.poolId);
  to.byte(header.from);
  to.whole(header.store);
  to.whole(header.incarnation);
  writeMaybePosition(to, header.durable);
  writeMaybePosition(to, header.booted);
}

function readHeader(from: Reader): Header {
  return {
    poolId: from.whole(),
    from: from.byte(),
    store: from.whole(),
    incarnation: from.whole(),
    durable: readMaybePosition(from),
    booted: readMaybePosition(from),
  };
}

// ---- elections [§7]

function writeCanvass(to: Writer, canvass: CanvassKind): void {
  to.flag(canvass === 'hand-over');
}

function readCanvass(from: Reader): CanvassKind {
  return from.flag() ? 'hand-over' : 'timeout';
}

function writePreVote(to: Writer, message: PreVote): void {
  writeCanvass(to, message.canvass);
  to.whole(message.forTerm);
  to.text(message.host, MOST_HOST_BYTES);
  to.flag(message.seesMajority);
}

function readPreVote(from: Reader, header: Header): PreVote {
  return {
    kind: 'pre-vote',
    header,
    canvass: readCanvass(from),
    forTerm: from.whole(),
    host: from.text(MOST_HOST_BYTES),
    seesMajority: from.flag(),
  };
}

function writePreVoteReply(to: Writer, message: PreVoteReply): void {
  writeCanvass(to, message.canvass);
  to.whole(message.forTerm);
  to.flag(message.ok);
  to.flag(message.better);
  to.whole(message.promised);
}

function readPreVoteReply(from: Reader, header: Header): PreVoteReply {
  return {
    kind: 'pre-vote-reply',
    header,
    canvass: readCanvass(from),
    forTerm: from.whole(),
    ok: from.flag(),
    better: from.flag(),
    promised: from.whole(),
  };
}

function writePrepare(to: Writer, message: Prepare): void {
  to.whole(message.term);
  writeMaybePosition(to, message.position);
  to.whole(message.handOver);
  to.text(message.host, MOST_HOST_BYTES);
}

function readPrepare(from: Reader, header: Header): Prepare {
  return {
    kind: 'prepare',
    header,
    term: from.whole(),
    position: readMaybePosition(from),
    handOver: from.whole(),
    host: from.text(MOST_HOST_BYTES),
  };
}

function writeVote(to: Writer, message: Vote): void {
  to.whole(message.term);
  writePosition(to, message.position);
  writeMembership(to, message.membership);
  writeWitnesses(to, message.witnessed);
}

function readVote(from: Reader, header: Header): Vote {
  return {
    kind: 'vote',
    header,
    term: from.whole(),
    position: readPosition(from),
    membership: readMembership(from),
    witnessed: readWitnesses(from),
  };
}

function writeReject(to: Writer, message: Reject): void {
  to.whole(message.promised);
  to.flag(message.formed);
}

function readReject(from: Reader, header: Header): Reject {
  return { kind: 'reject', header, promised: from.whole(), formed: from.flag() };
}

// ---- a whole state, in parts [§7]

function writeStateRequest(to: Writer, message: StateRequest): void {
  to.whole(message.term);
  writeMaybePosition(to, message.position);
  to.word(message.part);
}

function readStateRequest(from: Reader, header: Header): StateRequest {
  return {
    kind: 'state-request',
    header,
    term: from.whole(),
    position: readMaybePosition(from),
    part: from.word(),
  };
}

function writeStatePart(to: Writer, message: StatePart): void {
  to.whole(message.term);
  writePosition(to, message.position);
  to.word(message.part);
  to.word(message.parts);
  to.flag(message.charter !== null);
  if (message.charter !== null) writeCharter(to, message.charter);
  to.word(message.live.length);
  for (const live of message.live) writeLive(to, live);
  writeEnded(to, message.ended);
}

function readStatePart(from: Reader, header: Header): StatePart {
  const term = from.whole();
  const position = readPosition(from);
  const part = from.word();
  const parts = from.word();
  const charter = from.flag() ? readCharter(from) : null;
  const live: LiveHandle[] = [];
  const liveCount = from.count(LEAST_LIVE_BYTES);
  for (let i = 0; i < liveCount && !from.failed; i++) live.push(readLive(from));
  return { kind: 'state-part', header, term, position, part, parts, charter, live, ended: readEnded(from) };
}

// ---- replication [§6, §7]

function writeAppend(to: Writer, message: Append): void {
  to.whole(message.term);
  to.whole(message.round);
  writePosition(to, message.position);
  const chain = message.chain;
  to.word(chain.length);
  for (let i = 0; i < chain.length; i++) writeDelta(to, chain[i]!);
  to.flag(message.pull);
  to.flag(message.viaHandOver);
  to.word(message.fileVersion);
  to.flag(message.isSettled);
  const { notice } = message;
  to.flag(notice !== null);
  if (notice !== null) {
    to.byte(notice.slot);
    to.text(notice.host, MOST_HOST_BYTES);
    to.whole(notice.admitted);
    to.text(notice.leader, MOST_HOST_BYTES);
  }
  writeWitnesses(to, message.witnessed);
}

function readAppend(from: Reader, header: Header): Append {
  const term = from.whole();
  const round = from.whole();
  const position = readPosition(from);
  const chain: Delta[] = [];
  const count = from.count(LEAST_DELTA_BYTES);
  for (let i = 0; i < count && !from.failed; i++) chain.push(readDelta(from));
  const pull = from.flag();
  const viaHandOver = from.flag();
  const fileVersion = from.wordWithin(0, MOST_FILE_VERSION);
  const isSettled = from.flag();
  const notice = from.flag()
    ? {
        slot: from.byte(),
        host: from.text(MOST_HOST_BYTES),
        admitted: from.whole(),
        leader: from.text(MOST_HOST_BYTES),
      }
    : null;
  const witnessed = readWitnesses(from);
  return {
    kind: 'append',
    header,
    term,
    round,
    position,
    chain,
    pull,
    viaHandOver,
    fileVersion,
    isSettled,
    notice,
    witnessed,
  };
}

function writeAppendReply(to: Writer, message: AppendReply): void {
  to.whole(message.term);
  to.whole(message.round);
  to.flag(message.ok);
  writeMaybePosition(to, message.position);
  to.whole(message.promised);
  to.flag(message.isMember);
  to.civil(message.wall);
  to.flag(message.isUnfit);
  const { fileOffer } = message;
  to.flag(fileOffer !== null);
  if (fileOffer === null) return;
  to.word(fileOffer.version);
  to.word(fileOffer.baseVersion);
  to.flag(fileOffer.isExplicit);
  to.text(fileOffer.hash, MOST_HASH_BYTES);
}

function readAppendReply(from: Reader, header: Header): AppendReply {
  return {
    kind: 'append-reply',
    header,
    term: from.whole(),
    round: from.whole(),
    ok: from.flag(),
    position: readMaybePosition(from),
    promised: from.whole(),
    isMember: from.flag(),
    wall: from.civil(),
    isUnfit: from.flag(),
    fileOffer: from.flag() ? readFileOffer(from) : null,
  };
}

function readFileOffer(from: Reader): FileOffer {
  return {
    version: from.wordWithin(0, MOST_FILE_VERSION),
    baseVersion: from.wordWithin(0, MOST_FILE_VERSION),
    isExplicit: from.flag(),
    hash: from.text(MOST_HASH_BYTES),
  };
}

// ---- license files [§12], members [§13]

function writeGone(to: Writer, message: Gone): void {
  to.word(message.fileVersion);
  to.whole(message.store);
}

function readGone(from: Reader, header: Header): Gone {
  return { kind: 'gone', header, fileVersion: from.wordWithin(0, MOST_FILE_VERSION), store: from.whole() };
}

function writeFileRequest(to: Writer, message: FileRequest): void {
  to.text(message.hash, MOST_HASH_BYTES);
  to.word(message.offset);
}

function readFileRequest(from: Reader, header: Header): FileRequest {
  return { kind: 'file-request', header, hash: from.text(MOST_HASH_BYTES), offset: from.word() };
}

function writeFilePart(to: Writer, message: FilePart): void {
  to.text(message.hash, MOST_HASH_BYTES);
  to.word(message.offset);
  to.word(message.total);
  to.blob(message.bytes, MOST_BODY_BYTES);
}

function readFilePart(from: Reader, header: Header): FilePart {
  return {
    kind: 'file-part',
    header,
    hash: from.text(MOST_HASH_BYTES),
    offset: from.word(),
    total: from.word(),
    bytes: from.blob(MOST_BODY_BYTES),
  };
}

// ---- reclaim [§8]

function writeTrial(to: Writer, message: Trial): void {
  to.whole(message.term);
}

function readTrial(from: Reader, header: Header): Trial {
  return { kind: 'trial', header, term: from.whole() };
}

function writeReady(to: Writer, message: Ready): void {
  to.whole(message.term);
}

function readReady(from: Reader, header: Header): Ready {
  return { kind: 'ready', header, term: from.whole() };
}

function writeTakeOver(to: Writer, message: TakeOver): void {
  to.whole(message.term);
  writePosition(to, message.position);
}

function readTakeOver(from: Reader, header: Header): TakeOver {
  return { kind: 'take-over', header, term: from.whole(), position: readPosition(from) };
}

// ---- restored images [§14]

function writeLost(to: Writer, message: Lost): void {
  writeWitness(to, message.witness);
}

function readLost(from: Reader, header: Header): Lost {
  return { kind: 'lost', header, witness: readWitness(from) };
}

// ---- formation [§14]

function writeForm(to: Writer, message: Form): void {
  to.whole(message.term);
  to.text(message.fileHash, MOST_HASH_BYTES);
  to.text(message.host, MOST_HOST_BYTES);
}

function readForm(from: Reader, header: Header): Form {
  return {
    kind: 'form',
    header,
    term: from.whole(),
    fileHash: from.text(MOST_HASH_BYTES),
    host: from.text(MOST_HOST_BYTES),
  };
}

function writeFormVote(to: Writer, message: FormVote): void {
  to.whole(message.term);
  to.text(message.host, MOST_HOST_BYTES);
}

function readFormVote(from: Reader, header: Header): FormVote {
  return { kind: 'form-vote', header, term: from.whole(), host: from.text(MOST_HOST_BYTES) };
}

function writeReForm(to: Writer, message: ReForm): void {
  to.whole(message.term);
  to.text(message.host, MOST_HOST_BYTES);
  to.byte(message.stores.length);
  for (const store of message.stores) to.whole(store);
}

function readReForm(from: Reader, header: Header): ReForm {
  const term = from.whole();
  const host = from.text(MOST_HOST_BYTES);
  const count = from.byte();
  const stores: StoreId[] = [];
  for (let i = 0; i < count && !from.failed; i++) stores.push(from.whole());
  return { kind: 're-form', header, term, host, stores };
}
