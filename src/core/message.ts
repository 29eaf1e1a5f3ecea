// What servers say to each other and to clients [§4]. One row per message; the codec's rows follow from these types.
// Messages are plain values: nobody changes one after it was made.

import type { Code } from './codes.ts';
import type { HandleId, Host, Incarnation, LicenseKey, PoolId, Position, Slot, StoreId, Term } from './ids.ts';
import type { Charter, Delta, EndedHandles, LiveHandle, Membership, Witness } from './state.ts';
import type { CivilTime, Duration, Stamp } from './time.ts';

/** On every message between servers: who speaks, and how much of its store it can prove. */
export interface Header {
  readonly poolId: PoolId;
  /** The speaker's slot, 255 when it has none. */
  readonly from: Slot;
  readonly store: StoreId;
  readonly incarnation: Incarnation;
  /** A position that is on the speaker's disk when the message leaves; null = blank. */
  readonly durable: Position | null;
  /** What the speaker's disk held when it booted: less than was once seen of its store shows an older image [14.12]. */
  readonly booted: Position | null;
}

export type CanvassKind = 'timeout' | 'hand-over';

/** Would you promise? Changes nothing. */
export interface PreVote { readonly kind: 'pre-vote'; readonly header: Header; readonly canvass: CanvassKind; /** The term consented to by a hand-over, else 0. */ readonly forTerm: Term; /** Where it is: who asks may be a member of whom the receiver has not heard yet [13.9]. */ readonly host: Host; /** The asker's last canvass was answered by a quorum: it hears as well as it speaks. */ readonly seesMajority: boolean }
/** `better`: "I am preferred and free, let me". */
export interface PreVoteReply { readonly kind: 'pre-vote-reply'; readonly header: Header; readonly canvass: CanvassKind; readonly forTerm: Term; readonly ok: boolean; readonly better: boolean; readonly promised: Term }
/** Asks for a promise. `handOver` = the term of the Leader that consents, or 0; `host` = where the candidate is. */
export interface Prepare { readonly kind: 'prepare'; readonly header: Header; readonly term: Term; readonly position: Position | null; readonly handOver: Term; readonly host: Host }
/** A vote: the voter's position, the membership by which votes are counted if that position is adopted, and what the voter has seen of other stores. */
export interface Vote { readonly kind: 'vote'; readonly header: Header; readonly term: Term; readonly position: Position; readonly membership: Membership; readonly witnessed: readonly Witness[] }
/** The Prepare is refused; teaches the higher term (0: refused for another reason). */
export interface Reject { readonly kind: 'reject'; readonly header: Header; readonly promised: Term; /** "This pool exists already" [14.7]. */ readonly formed: boolean }
/** Asks every server of a license file for its promise to form a pool by that file; `host` = where the asker is [14.7]. */
export interface Form { readonly kind: 'form'; readonly header: Header; readonly term: Term; readonly fileHash: string; readonly host: Host }
/** The promise, to found a pool or to re-form one: it carries no state and is no vote. */
export interface FormVote { readonly kind: 'form-vote'; readonly header: Header; readonly term: Term; readonly host: Host }
/** Asks, by an operator's word, for the promise to re-form the pool; `stores` = those that count in the asker's state [14.11]. */
export interface ReForm { readonly kind: 're-form'; readonly header: Header; readonly term: Term; readonly host: Host; readonly stores: readonly StoreId[] }

/** Asks for part `part` of a state: exactly `position`, or null for the present one. */
export interface StateRequest { readonly kind: 'state-request'; readonly header: Header; readonly term: Term; readonly position: Position | null; readonly part: number }
/** Part `part` (0 …) of `parts` of the state at `position`. The charter comes with part 0 only. */
export interface StatePart { readonly kind: 'state-part'; readonly header: Header; readonly term: Term; readonly position: Position; readonly part: number; readonly parts: number; readonly charter: Charter | null; readonly live: readonly LiveHandle[]; readonly ended: EndedHandles }

/** Replication, heartbeat and round in one [§6, §7]. */
export interface Append {
  readonly kind: 'append'; readonly header: Header; readonly term: Term; readonly round: number;
  /** The Leader's position when the round began. */
  readonly position: Position;
  readonly chain: readonly Delta[];
  /** "Your position is not in my buffer: fetch my state." */
  readonly pull: boolean;
  /** The term came to office by hand-over. */
  readonly viaHandOver: boolean;
  /** Version of the license file at the last confirmed position, 0 = nothing is confirmed yet [§12]. */
  readonly fileVersion: number;
  /** And no change of members is under way there [§13]. */
  readonly isSettled: boolean;
  /** For a receiver that may not know its place in the pool, or whose store may not be the one that counts; else null. */
  readonly notice: PlaceNotice | null;
  /** What the Leader has seen of other stores; mostly empty, told now and then [14.12]. */
  readonly witnessed: readonly Witness[];
}
/** A server's place in the pool, told by the Leader [14.16]. */
export interface PlaceNotice {
  readonly slot: Slot;
  /** Whose slot that is: the receiver's, or the message went astray. */
  readonly host: Host;
  /** The store that counts for that slot at the Leader's last confirmed position; 0 = none is known to be confirmed. */
  readonly admitted: StoreId;
  /** Where the Leader is: a blank server has no list of hosts. */
  readonly leader: Host;
}
/** Answer to an Append. `ok`: the state that this round carried is on my disk. */
export interface AppendReply {
  readonly kind: 'append-reply'; readonly header: Header; readonly term: Term; readonly round: number; readonly ok: boolean;
  readonly position: Position | null; readonly promised: Term; readonly isMember: boolean; readonly wall: CivilTime;
  /** My disk has no room: I take nothing until it has [16.16]. */
  readonly isUnfit: boolean;
  /** The edited license file that lies on my disk; null = there is none. */
  readonly fileOffer: FileOffer | null;
}
/** A license file that somebody edited on one server, until it is in force or has lost [§12]. */
export interface FileOffer {
  /** The version that it would be in force as. */
  readonly version: number;
  /** What the server that has it installed last. */
  readonly baseVersion: number;
  /** It bears this version in its text. */
  readonly isExplicit: boolean;
  readonly hash: string;
}

/** Asks for the license file of that hash, from byte `offset` on. */
export interface FileRequest { readonly kind: 'file-request'; readonly header: Header; readonly hash: string; readonly offset: number }
/** Some of its `total` bytes. */
export interface FilePart { readonly kind: 'file-part'; readonly header: Header; readonly hash: string; readonly offset: number; readonly total: number; readonly bytes: Uint8Array }

/** "Your store, which is in no set of mine, is in none any more: this file is in force" [13.9]. */
export interface Gone { readonly kind: 'gone'; readonly header: Header; readonly fileVersion: number; readonly store: StoreId }

/** Reclaim [§8]: "could you lead?", "I could", "do, with my consent". */
export interface Trial { readonly kind: 'trial'; readonly header: Header; readonly term: Term }
export interface Ready { readonly kind: 'ready'; readonly header: Header; readonly term: Term }
export interface TakeOver { readonly kind: 'take-over'; readonly header: Header; readonly term: Term; readonly position: Position }

/** "I have seen more of your store than you show": whether that means anything, only its owner knows [14.13]. */
export interface Lost { readonly kind: 'lost'; readonly header: Header; readonly witness: Witness }

export type ServerMessage =
  | PreVote | PreVoteReply | Prepare | Vote | Reject | StateRequest | StatePart | Append | AppendReply | FileRequest | FilePart | Gone
  | Trial | Ready | TakeOver | Lost | Form | FormVote | ReForm;

/** What an operator orders a server to do [4.6]. */
export type Order =
  /** The mark of pool time is to be set back [11.9]. */
  | { readonly kind: 'lower-mark'; readonly to: CivilTime }
  /** The pool is to begin anew, with these servers in this order, from what they hold [14.11]. */
  | { readonly kind: 're-form'; readonly servers: readonly Host[] }
  /** The second of two is to go on without the first [15.4]. */
  | { readonly kind: 'promote' }
  /** This server's disk was set back to an older image [14.15]. */
  | { readonly kind: 'restored' }
  /** The Leader is to leave office: it hands over if it can, and comes last in the order of preference from then on [8.18]. */
  | { readonly kind: 'stand-down' };

/** What becomes of an order. An outcome's place in it stands for it on the wire: places are for ever. */
export const ORDER_OUTCOMES = [
  'obeyed',
  'not leading',
  'handing over',
  'not lower',
  'no room on its disk',
  'holds nothing',
  'a leader serves',
  'wrong servers',
  'not the second of two',
  'not fresh',
] as const;

export type OrderOutcome = (typeof ORDER_OUTCOMES)[number];

/** First on every connection of a client. */
export interface Hello { readonly kind: 'hello' }
/** `term` is 0 unless an active Leader answers; `hint` = where the Leader is thought to be. */
export interface HelloReply { readonly kind: 'hello-reply'; readonly term: Term; readonly stamp: Stamp; readonly hint: Host | null }

export type CallKind = 'request' | 'update' | 'release' | 'status';

/** What a client asks. `attempt` counts the sendings of one call's handle; the answer echoes it. */
export interface Call {
  readonly kind: 'call'; readonly call: CallKind; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number;
  readonly attempt: number; readonly owner: string;
  /** This update was moved here by a Leader on which the license has expired [§10]. */
  readonly moved: boolean;
  /** Newest term and stamp received on this connection [§5]. */
  readonly term: Term; readonly stamp: Stamp;
  /** Version of the file that the client's list of servers came from; 0 = none yet. */
  readonly fileVersion: number;
}

/** Tokens of one key as a status answer shows them [§6]. A Follower shows zeros. */
export interface Tokens { readonly total: number; readonly mine: number; readonly previous: number; readonly free: number }

export interface Answer {
  readonly kind: 'answer'; readonly call: CallKind; readonly handle: HandleId; readonly attempt: number;
  readonly code: Code;
  /** The lifetime of this handle; 0 unless granted or renewed. */
  readonly life: Duration;
  /** The pool's servers in order of preference; empty when the answer has nothing new to say of them. */
  readonly servers: readonly Host[];
  readonly fileVersion: number;
  readonly hint: Host | null;
  readonly term: Term; readonly stamp: Stamp;
  /** Only in answers to `status`. */
  readonly tokens: Tokens | null;
}

/** Asks a server what it holds to be true [4.7]. */
export interface Inspect { readonly kind: 'inspect' }
/** An order, for the boot that sent the report of that incarnation, and given soon after it: a stray copy is refused [4.8]. */
export interface GiveOrder { readonly kind: 'order'; readonly incarnation: Incarnation; readonly stamp: Stamp; readonly order: Order }
export interface OrderReply { readonly kind: 'order-reply'; readonly outcome: OrderOutcome }

export const ROLE_NAMES = ['follower', 'candidate', 'founder', 'leader'] as const;

/** What one server holds to be true at this instant; it has asked nobody [4.7]. */
export interface Report {
  readonly kind: 'report';
  readonly host: Host; readonly poolId: PoolId; readonly slot: Slot; readonly store: StoreId; readonly incarnation: Incarnation; readonly stamp: Stamp;
  readonly role: (typeof ROLE_NAMES)[number];
  /** A Leader that is not active answers no client. */
  readonly isActive: boolean;
  /** Its own term, or that of the reign that it last knew of; 0 = none. */
  readonly term: Term;
  /** Where the Leader is thought to be. */
  readonly leader: Host | null;
  readonly promised: Term; readonly position: Position | null; readonly durable: Position | null;
  readonly isMember: boolean;
  /** Its disk has no room [16.16]. */
  readonly isUnfit: boolean;
  readonly isForming: boolean; readonly isInQuarantine: boolean;
  /** It has left office by an order, and has not led since [8.18]. */
  readonly standsBack: boolean;
  readonly fileVersion: number;
  /** Only a Leader has the rest. How long ago the round began that a quorum confirmed last. */
  readonly quorumAge: Duration | null;
  readonly poolTime: CivilTime | null;
  /** The clocks of a quorum were set back [11.6]. */
  readonly isTampered: boolean;
  readonly members: readonly MemberReport[];
  readonly keys: readonly KeyReport[];
}
/** One member, in order of preference, as the Leader knows it. */
export interface MemberReport {
  readonly slot: Slot; readonly host: Host; readonly isPresent: boolean; readonly isMember: boolean; readonly isUnfit: boolean;
  /** What it last said it has on disk. */
  readonly position: Position | null;
}
export interface KeyReport { readonly key: LicenseKey; readonly tokens: Tokens }

export type OperatorMessage = Inspect | GiveOrder;
export type ReplyToOperator = Report | OrderReply;

export type ClientMessage = Hello | Call;
export type ReplyToClient = HelloReply | Answer;
