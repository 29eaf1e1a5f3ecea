// How reasons name things. Called only when a property is violated.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import {
  electionRoundOf,
  formatHandle,
  type HandleId,
  ownerOf,
  type Position,
  type Term,
} from '../src/core/ids.ts';

export function nameOf(server: ServerIndex): string {
  return `s${server + 1}`;
}

export function seconds(at: number): string {
  return `${(at / 1e6).toFixed(3)}s`;
}

export function timeOf(at: TrueTime): string {
  return `at ${seconds(at)}`;
}

export function termText(term: Term): string {
  return term === 0 ? 'no term' : `term ${electionRoundOf(term)} of ${nameOf(ownerOf(term))}`;
}

export function positionText(position: Position | null): string {
  return position === null ? 'nothing' : `position (${electionRoundOf(position.term)}, ${position.index})`;
}

export function handleText(handle: HandleId): string {
  return `handle ${formatHandle(handle).slice(0, 8)}`;
}
