// What is under the pointer, in words: the event there, and whatever the lane or the curve shows at that time.

import type { EventData, RunData, StandingData } from './data.ts';
import { FAULT_ROW, type Layout, type Track } from './layout.ts';
import { offsetText, secondsText } from './words.ts';

const STANDINGS: Readonly<Record<StandingData['standing'], string>> = {
  down: 'is down',
  follower: 'follows, or waits',
  candidate: 'asks for votes',
  elected: 'is elected',
  leader: 'leads',
  frozen: 'leads, frozen',
};

export function wordsAt(
  run: RunData,
  layout: Layout,
  at: number,
  y: number,
  event: EventData | null,
): string[] {
  if (event !== null) return [`${secondsText(event.at)}  #${event.id}`, event.text];
  const track = layout.tracks.find(({ top, height }) => y >= top && y < top + height);
  return [secondsText(at), ...(track === undefined ? [] : inTrack(run, layout, track, at, y))];
}

function inTrack(run: RunData, layout: Layout, track: Track, at: number, y: number): string[] {
  const isAt = ({ from, to }: { readonly from: number; readonly to: number }): boolean =>
    from <= at && at <= to;
  switch (track.kind) {
    case 'axis':
      return [];
    case 'faults': {
      const row = Math.floor((y - track.top) / FAULT_ROW);
      return run.disturbances
        .filter((each) => layout.rows.get(each) === row && isAt(each))
        .map(({ label, from, to }) => `${label}, ${secondsText(from, 3)} to ${secondsText(to, 3)}`);
    }
    case 'node': {
      const standing = run.standings.findLast((each) => each.node === track.place && isAt(each));
      const held = run.beliefs.filter((each) => each.node === track.place && isAt(each));
      const term = standing === undefined || standing.label === '' ? '' : `, term’s round ${standing.label}`;
      return [
        ...(standing === undefined ? [] : [`${track.label} ${STANDINGS[standing.standing]}${term}`]),
        ...held.map(
          ({ label, from, to }) =>
            `believes to hold ${label} … from ${secondsText(from, 3)} to ${secondsText(to, 3)}`,
        ),
      ];
    }
    case 'level': {
      const { license, limit, steps } = run.levels[track.place]!;
      const units = steps.findLast(([since]) => since <= at)?.[1] ?? 0;
      return [`${units} of ${limit} of ${license} believed to be held${units > limit ? ': too many' : ''}`];
    }
    case 'accounting': {
      const { license } = run.levels[track.place]!;
      return run.accounting
        .filter(({ steps, to, license: of }) => of === license && steps[0]![0] <= at && at <= to)
        .map(({ node, steps }) => {
          const [, mine, previous, free] = steps.findLast(([since]) => since <= at)!;
          return `${run.nodes[node]}: ${mine} its own, ${previous} of earlier Leaders, ${free} free`;
        });
    }
    case 'wall':
    case 'monotonic': {
      const field = track.kind === 'wall' ? 1 : 2;
      return run.clocks.map(
        ({ node, points }) => `${run.nodes[node]} ${offsetText(valueAt(points, at, field))}`,
      );
    }
  }
}

type Points = readonly (readonly [at: number, wallMs: number, monotonicMs: number])[];

/** Between two points it goes straight. */
function valueAt(points: Points, at: number, field: 1 | 2): number {
  const next = points.findIndex(([since]) => since > at);
  const [after, before] = [points[next], next === 0 ? undefined : points.at(next < 0 ? -1 : next - 1)];
  if (before === undefined || after === undefined) return (before ?? after)?.[field] ?? 0;
  return before[field] + ((at - before[0]) / (after[0] - before[0])) * (after[field] - before[field]);
}
