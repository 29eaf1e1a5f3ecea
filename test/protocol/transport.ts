// §19: the transport. Most of it is shown by real servers on real sockets.

import { expect } from 'vitest';
import type { Host } from '../../src/core/ids.ts';
import {
  farewellBecause,
  type Greeting,
  GreetingReader,
  greetingOf,
  REFUSALS,
  welcomeWith,
} from '../../src/wire/greeting.ts';
import { clause, shownIn } from './clause.ts';

const KEYS = 'loopback/keys.test.ts';
const POOL = 'loopback/pool.test.ts';

clause(
  '19.1 both sides show a certificate, over TLS 1.3',
  shownIn(KEYS, 'an older TLS than 1.3 is not spoken'),
);

clause(
  '19.2 a URI says who somebody is',
  shownIn('node/identity.test.ts', 'one URI of a certificate says who somebody is'),
);

clause(
  '19.3 each side judges the other, and says why it refuses',
  shownIn(KEYS, 'whoever is not of the pool is turned away, and both sides say why and what to do'),
);

clause(
  '19.4 a greeting reads as it was written, however its bytes come in; a farewell in every release',
  () => {
    const addresses = new Map<Host, string>([
      ['s1', '10.0.0.1:5093'],
      ['s2', '[::1]:5093'],
    ]);
    const greetings: [Uint8Array, Greeting][] = [
      [greetingOf('server'), { kind: 'server' }],
      [greetingOf('client'), { kind: 'client' }],
      [greetingOf('operator'), { kind: 'operator' }],
      [welcomeWith(addresses), { kind: 'welcome', addresses }],
      [welcomeWith(new Map()), { kind: 'welcome', addresses: new Map() }],
      ...REFUSALS.map((refusal): [Uint8Array, Greeting] => [
        farewellBecause(refusal),
        { kind: 'farewell', refusal },
      ]),
    ];
    for (const [bytes, greeting] of greetings) {
      expect(read(bytes)).toEqual({ greeting, left: 0 });
      expect(read(Uint8Array.of(...bytes, 1, 2, 3))).toEqual({ greeting, left: 3 });
      for (let length = 0; length < bytes.length; length++)
        expect(read(bytes.subarray(0, length)).greeting).toBe(null);
      const ofAnotherRelease = bytes.slice();
      ofAnotherRelease[4] = 99;
      const isFarewell = greeting.kind === 'farewell';
      expect(read(ofAnotherRelease).greeting).toEqual(isFarewell ? greeting : { kind: 'another release' });
      for (let i = 0; i < 4; i++) {
        const stranger = bytes.slice();
        stranger[i] = 0;
        expect(read(stranger.subarray(0, i + 1)).greeting).toEqual({ kind: 'a stranger' });
      }
    }
  },
);

function read(bytes: Uint8Array): { greeting: Greeting | null; left: number } {
  const reader = new GreetingReader();
  let used = 0;
  for (let at = 0; at < bytes.length; at++) used += reader.push(bytes.subarray(at, at + 1));
  const whole = new GreetingReader();
  expect(whole.push(bytes)).toBe(used);
  expect(whole.greeting).toEqual(reader.greeting);
  return { greeting: reader.greeting, left: bytes.length - used };
}

clause(
  '19.5 one address is enough',
  shownIn(POOL, 'a client that knows one server learns where the others are'),
);

clause(
  '19.6 everything is bounded',
  shownIn(
    'loopback/bounds.test.ts',
    'thousands who say nothing are let go, a thousand at a time, while those who are known are served',
  ),
);

clause(
  '19.7 each connection shows the certificates anew',
  shownIn(KEYS, 'nobody comes back by a session of before'),
);

clause(
  '19.8 what cannot leave is dropped',
  shownIn(
    POOL,
    'a Leader killed with -9 loses nothing: its client still holds, the next one counts 0 / 1 / rest, and it reclaims',
  ),
);

clause(
  '19.9 a Leader that is told to stop hands over first',
  shownIn(POOL, 'a Leader that is told to stop hands over first; told twice, it stops at once'),
);
