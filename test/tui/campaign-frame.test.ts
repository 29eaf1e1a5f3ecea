import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CampaignView, campaignFrame } from '../../sim/tui/campaign-frame.ts';
import { LEAST, plainText } from '../../sim/tui/frame.ts';
import { widthOf } from '../../sim/tui/lines.ts';

const VIEW: CampaignView = {
  title: 'campaign · random · E4',
  seconds: 10,
  seeds: 400,
  failed: 3,
  part: 0.4,
  labels: 17,
  allLabels: 34,
  samples: [
    { at: 0, events: 0, states: 0 },
    { at: 2, events: 1000, states: 100 },
    { at: 4, events: 9000, states: 180 },
    { at: 6, events: 13_000, states: 200 },
  ],
  cards: [
    { signature: 'S4-28e71639', seeds: 2, smallestSeed: 3, reason: 'S4: s1 grants one too many', shrunk: '' },
    { signature: 'S5-47263edd', seeds: 1, smallestSeed: 8, reason: 'S5: 3 of 2', shrunk: '1 fault' },
  ],
  choice: 1,
  message: '',
};

test('a campaign under way shows how far it is, how fast, what it has come by, and its failures', () => {
  const text = plainText(campaignFrame(VIEW, { columns: 60, rows: 20 }));
  expect(text.split('\n').filter((row) => row !== '')).toEqual([
    ' campaign · random · E4         40 %  400 seeds  ✗ 3 failed',
    '─'.repeat(60),
    ' time    █████████░░░░░░░░░░░░░░ 10.0 s, 15.0 s left',
    ' speed   ▁█▄                     2,167 events/s',
    ' states  ▄██                     200 of the pool',
    ' labels  ████████████░░░░░░░░░░░ 17 of 34 reached',
    '─'.repeat(60),
    '   S4-28e71639  2 seeds, the first is 3',
    '     S4: s1 grants one too many',
    ' ▶ S5-47263edd  seed 8; shrunk to 1 fault',
    '     S5: 3 of 2',
    '─'.repeat(60),
    ' ↑↓ failure  Enter replay  q Ctrl-C stop',
  ]);
});

test('its frames are always as large as the screen, and the chosen failure is on them', () => {
  const samples = fc
    .array(fc.record({ at: fc.nat(5), events: fc.nat(9999), states: fc.nat(99) }), { maxLength: 300 })
    .map((steps) => {
      let sum = { at: 0, events: 0, states: 0 };
      return [
        sum,
        ...steps.map(({ at, events, states }) => {
          sum = { at: sum.at + at, events: sum.events + events, states: sum.states + states };
          return sum;
        }),
      ];
    });
  const size = { columns: fc.integer({ min: 20, max: 180 }), rows: fc.integer({ min: 5, max: 60 }) };
  fc.assert(
    fc.property(
      samples,
      fc.record(size),
      fc.nat(30),
      fc.nat(30),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (taken, screen, more, chosen, part) => {
        const cards = Array.from({ length: more + 1 }, (_, at) => ({
          ...VIEW.cards[0]!,
          signature: `S4-${String(at).padStart(8, '0')}`,
        }));
        const choice = Math.min(chosen, more);
        const frame = campaignFrame({ ...VIEW, samples: taken, cards, choice, part }, screen);
        if (screen.columns < LEAST.columns || screen.rows < LEAST.rows) {
          expect(plainText(frame)).toMatch(/^The window is/);
          return;
        }
        expect(frame).toHaveLength(screen.rows);
        for (const line of frame) expect(widthOf(line)).toBe(screen.columns);
        expect(plainText(frame)).toContain(`▶ ${cards[choice]!.signature}`);
      },
    ),
  );
});
