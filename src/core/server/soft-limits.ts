// Alerts of soft limits [6.33]: told by the Leader when the use of a key crosses one, and by nobody else. Whether it does hangs
// on the register alone, so it is looked at where the register changes, never by a clock. Nothing is refused because of it.

import type { LicenseKey } from '../ids.ts';
import type { ServerTurn } from '../turn.ts';
import { softLimitOf } from './licensing.ts';
import type { Leader, Register } from './state.ts';

export function considerSoftLimits(leader: Leader, register: Register, turn: ServerTurn): void {
  // Also those that the file in force does not limit any more.
  for (const key of leader.aboveSoftLimit) consider(leader, register, key, turn);
  const { alerting } = register.catalog;
  for (let i = 0; i < alerting.length; i++) consider(leader, register, alerting[i]!, turn);
}

function consider(leader: Leader, register: Register, key: LicenseKey, turn: ServerTurn): void {
  const softLimit = softLimitOf(register, key);
  const units = register.table.unitsInUse(key);
  const wasAbove = leader.aboveSoftLimit.has(key);
  if (softLimit !== null && units > softLimit) {
    if (wasAbove) return;
    leader.aboveSoftLimit.add(key);
    turn.note({ kind: 'soft limit exceeded', key, units, softLimit });
  } else if (wasAbove) {
    leader.aboveSoftLimit.delete(key);
    turn.note({ kind: 'soft limit kept', key, units, softLimit });
  }
}
