// Section 11 of PROTOCOL.md: pool time, start dates, expiry, and clocks that were set back.

import { clause, shownBy } from './clause.ts';

clause(
  '11.1 Each append-reply carries a wall clock, and the Leader reads them',
  shownBy('license-starts.txt'),
);
clause(
  '11.2 A minority of clocks running ahead starts nothing and ends nothing',
  shownBy('license-starts.txt'),
);
clause('11.3 In a reign pool time neither goes back nor stands still', shownBy('pool-time-goes-on.txt'));
clause('11.4 The mark is committed each interval', shownBy('marks-are-committed.txt'));
clause(
  '11.5 A license string that ends is committed as expired',
  shownBy('license-expires.txt', 'license-expires-between-leaders.txt', 'license-strings.txt'),
);
clause('11.6 The license is checked in a fixed order', shownBy('clocks-set-back.txt'));
clause(
  '11.7 What is expired stays so, whatever the clocks show',
  shownBy('license-expires.txt', 'license-after-rollback.txt'),
);
clause('11.8 A leap of more than a day is doubted for an hour', shownBy('leap-is-doubted.txt'));
clause('11.9 An operator may set the mark back; what is expired stays so', shownBy('mark-lowered.txt'));
clause('11.10 Live handles of an expired license count until they lapse', shownBy('license-expires.txt'));
clause(
  '10.14 After a moved update the handle lives on until its deadline',
  shownBy('license-renewed-or-not.txt'),
);
