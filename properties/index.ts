// Every property, in the order of PROTOCOL.md §18. A new one is one definition and one line here.

import { codes, majorityRule } from './answers.ts';
import { conservation, globalCapacity } from './capacity.ts';
import { noWrongfulDenial } from './denials.ts';
import { grantDurability, persistBeforeSend } from './durability.ts';
import { expirySafety } from './expiry.ts';
import { noFlap } from './flapping.ts';
import { formation } from './formation.ts';
import { givenBack } from './given-back.ts';
import { handoverAtomic, legalHandover } from './hand-over.ts';
import { handleUniqueness, idempotency, noResurrection, releaseExactness } from './handles.ts';
import { heldDown } from './held-down.ts';
import { freed, steadyClientKeeps } from './holders.ts';
import { fileConverges, fileVersion } from './license-files.ts';
import { answered, noLeak, reclaim, someLeader } from './liveness.ts';
import { membersOnly } from './members.ts';
import type { Property } from './property.ts';
import { readFreshness } from './reads.ts';
import { renewable } from './renewal.ts';
import { clockRollback } from './rollback.ts';
import { softLimitTold } from './soft-limits.ts';
import { sometimes } from './sometimes.ts';
import { oneGranter, termOwner } from './terms.ts';
import { clientMargin, liveHolderKept, tokensMove } from './tokens.ts';

export const PROPERTIES: readonly Property[] = [
  termOwner,
  oneGranter,
  majorityRule,
  conservation,
  globalCapacity,
  grantDurability,
  handleUniqueness,
  idempotency,
  releaseExactness,
  noResurrection,
  clientMargin,
  readFreshness,
  expirySafety,
  clockRollback,
  fileVersion,
  codes,
  persistBeforeSend,
  legalHandover,
  handoverAtomic,
  liveHolderKept,
  membersOnly,
  tokensMove,
  formation,
  softLimitTold,
  someLeader,
  reclaim,
  noFlap,
  answered,
  freed,
  noLeak,
  fileConverges,
  renewable,
  steadyClientKeeps,
  noWrongfulDenial,
  givenBack,
  heldDown,
  sometimes,
];
