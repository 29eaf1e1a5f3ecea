// What a run counts of its pool, by name. Every name is there from the start: a report whose zero is missing hides what
// never happened, and a fixed set of fields is counted many times faster than a dictionary that grows.

import type { CallKind } from '../../src/core/message.ts';
import type { ServerEvent } from '../../src/core/turn.ts';

export class Counters {
  // Servers.
  boots = 0;
  storesLost = 0;
  storesDiscarded = 0;
  admissions = 0;
  joins = 0;
  filesAccepted = 0;
  filesRefused = 0;
  filesInstalled = 0;
  olderFilesReplaced = 0;
  editsLost = 0;
  changesPrepared = 0;
  changesJoint = 0;
  changesDone = 0;
  serversRetired = 0;
  serverCrashes = 0;
  elections = 0;
  takeOvers = 0;
  reclaims = 0;
  stepDowns = 0;
  grants = 0;
  grantsRepeated = 0;
  renewals = 0;
  refusals = 0;
  releases = 0;
  lapses = 0;
  purges = 0;
  statesFetched = 0;
  disksFull = 0;
  trials = 0;
  trialsMissed = 0;
  freezes = 0;
  handOversAborted = 0;
  /** From server to server. */
  messagesSent = 0;
  // Clients.
  clientCrashes = 0;
  clientsForgetting = 0;
  clientsGivingUp = 0;
  requestsOk = 0;
  requestsFailed = 0;
  updatesOk = 0;
  updatesFailed = 0;
  releasesOk = 0;
  releasesFailed = 0;
  statusesOk = 0;
  statusesFailed = 0;
  beliefsReleased = 0;
  beliefsLapsed = 0;
  beliefsTerminated = 0;

  noted(event: ServerEvent): void {
    switch (event.kind) {
      case 'stood':
        this.elections++;
        break;
      case 'took over':
        if (event.viaHandOver) this.reclaims++;
        else this.takeOvers++;
        break;
      case 'stepped down':
        this.stepDowns++;
        break;
      case 'granted':
        this.grants++;
        break;
      case 'granted again':
        this.grantsRepeated++;
        break;
      case 'renewed':
        this.renewals++;
        break;
      case 'refused':
        this.refusals++;
        break;
      case 'ended':
        if (event.reason === 'lapsed') this.lapses++;
        else this.releases++;
        break;
      case 'purged':
        this.purges++;
        break;
      case 'disk full':
        this.disksFull++;
        break;
      case 'state fetched':
        this.statesFetched++;
        break;
      case 'trial':
        this.trials++;
        break;
      case 'trial missed':
        this.trialsMissed++;
        break;
      case 'froze':
        this.freezes++;
        break;
      case 'hand-over aborted':
        this.handOversAborted++;
        break;
      case 'store lost':
        this.storesLost++;
        break;
      case 'discarded':
        this.storesDiscarded++;
        break;
      case 'admitted':
        this.admissions++;
        break;
      case 'joined':
        this.joins++;
        break;
      case 'file accepted':
        this.filesAccepted++;
        break;
      case 'file refused':
        this.filesRefused++;
        break;
      case 'file installed':
        this.filesInstalled++;
        if (event.replaced === 'an older one') this.olderFilesReplaced++;
        break;
      case 'edit lost':
        this.editsLost++;
        break;
      case 'change prepared':
        this.changesPrepared++;
        break;
      case 'change joint':
        this.changesJoint++;
        break;
      case 'change done':
        this.changesDone++;
        break;
      case 'retired':
        this.serversRetired++;
        break;
      default:
        break;
    }
  }

  callEnded(call: CallKind, isOk: boolean): void {
    switch (call) {
      case 'request':
        if (isOk) this.requestsOk++;
        else this.requestsFailed++;
        break;
      case 'update':
        if (isOk) this.updatesOk++;
        else this.updatesFailed++;
        break;
      case 'release':
        if (isOk) this.releasesOk++;
        else this.releasesFailed++;
        break;
      case 'status':
        if (isOk) this.statusesOk++;
        else this.statusesFailed++;
        break;
    }
  }

  beliefEnded(because: 'released' | 'lapsed' | 'terminated' | 'abandoned'): void {
    if (because === 'lapsed') this.beliefsLapsed++;
    else if (because === 'terminated') this.beliefsTerminated++;
    else this.beliefsReleased++;
  }
}
