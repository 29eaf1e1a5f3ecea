// S15, L7: which license file is in force, and what lies on the servers' disks [§12].

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { hashOfPoolFile } from '../src/core/pool-file-text.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { type LivenessBound, livenessBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import type { FileMade } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_EDITS } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, timeOf } from './words.ts';

const LICENSE_FILE = 'lservrlf';

function fileText(version: number, hash: string): string {
  return `version ${version} (${hash.slice(0, 8)})`;
}

/**
 * S15. (a) A leader replaces a file only by one of a higher version. (b) Of the files that are committed each has a higher
 * version than the one before, and none comes again: so one version is one file, and an older one that is put back is no
 * edit. (c) What is installed was committed before. (d) A boot finds a
 * license file that somebody put there or that was committed, whole. (e) An edit that somebody put on a disk stays there,
 * or is kept beside, until it is committed or somebody replaces it. (f) Who takes over has the newest committed file.
 * Sound: a file is committed when a quorum has it on disk, which is before its leader can know it (see Ground).
 */
class FileVersion implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** Hash of each committed version; of the founding file, as the first server that boots has it. */
  private readonly committed = new Map<number, string>();
  private newest = 0;
  /** By server: the hash of what somebody put on its disk last; null = nothing that must be kept. */
  private readonly edits: (string | null)[] = [];
  private readonly known = new Set<string>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) this.edits.push(null);
  }

  filePut(_at: TrueTime, server: ServerIndex, body: Uint8Array): void {
    const hash = hashOfPoolFile(body);
    this.known.add(hash);
    this.edits[server] = hash;
  }

  serverBooted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const file = view.server.register?.charter.file;
    if (this.newest === 0 && file !== undefined) this.commit(file);
    const hash = view.server.localFile?.hash;
    // A pool that is still to be formed: its file is the one with which its servers begin.
    if (this.newest === 0 && hash !== undefined) this.known.add(hash);
    if (hash !== undefined && !this.known.has(hash)) {
      this.reporter.violated(
        at,
        `${nameOf(server)} boots ${timeOf(at)} with a license file (${hash.slice(0, 8)}) that nobody has written and that never was committed`,
        'a boot finds a mixture of license files',
      );
      return;
    }
    this.look(at, server);
  }

  fileMade(at: TrueTime, server: ServerIndex, file: FileMade, before: number): void {
    if (file.version > before) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} replaces ${timeOf(at)} version ${before} of the license file by ${fileText(file.version, file.hash)}`,
      'a license file is replaced by one that is not newer',
    );
  }

  fileCommitted(at: TrueTime, file: FileMade): void {
    if (file.version > this.newest && this.isInForceOnce(file.hash)) {
      this.reporter.violated(
        at,
        `${fileText(file.version, file.hash)} is committed ${timeOf(at)}, and was in force before as another version`,
        'an older license file comes into force again',
      );
      return;
    }
    if (file.version > this.newest) {
      this.reporter.held();
      this.commit(file);
      return;
    }
    this.reporter.violated(
      at,
      `${fileText(file.version, file.hash)} is committed ${timeOf(at)} after ${fileText(this.newest, this.committed.get(this.newest) ?? '')}`,
      'the committed version of the license file does not grow',
    );
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind === 'file installed') {
      if (this.committed.get(event.version) === event.hash) {
        this.reporter.held();
        return;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)} installs ${timeOf(at)} ${fileText(event.version, event.hash)}, which is not committed`,
        'a license file is installed that is not committed',
      );
    } else if (event.kind === 'took over') {
      const { file } = view.server.register!.charter;
      if (this.newest === 0) this.commit(file);
      const { version, hash } = file;
      if (version > this.newest || this.committed.get(this.newest) === hash) {
        this.reporter.held();
        return;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)} takes over ${timeOf(at)} with ${fileText(version, hash)} of the license file; committed is ${fileText(this.newest, this.committed.get(this.newest) ?? '')}`,
        'a server serves by an older license file',
      );
    }
  }

  ended(at: TrueTime): void {
    for (let server = 0; server < this.ground.servers; server++) this.look(at, server);
  }

  private commit(file: { readonly version: number; readonly hash: string }): void {
    this.newest = file.version;
    this.committed.set(file.version, file.hash);
    this.known.add(file.hash);
    for (let server = 0; server < this.edits.length; server++)
      if (this.edits[server] === file.hash) this.edits[server] = null;
  }

  /** Is the edit that somebody made on that server still on its disk? */
  private look(at: TrueTime, server: ServerIndex): void {
    const edit = this.edits[server]!;
    if (edit === null || this.isInForceOnce(edit)) return;
    for (const [name, body] of this.ground.filesOf(server)) {
      if (!name.startsWith(LICENSE_FILE) || hashOfPoolFile(body) !== edit) continue;
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `the edit (${edit.slice(0, 8)}) that somebody made at ${nameOf(server)} is neither in force nor saved ${timeOf(at)}`,
      'an edit of the license file is lost',
    );
  }

  private isInForceOnce(hash: string): boolean {
    for (const committed of this.committed.values()) if (committed === hash) return true;
    return false;
  }
}

/**
 * L7. At the end, if the core became whole, no server outside of it leads, and the newest committed file was committed longer ago than the bound: it lies on
 * the disk of every server of the core that is in it. Left out are those on which a file lies that a leader has refused: it stays where it
 * is until something newer comes. Sound: a leader is there within L1's bound, and each of its heartbeats tells its
 * followers what is committed; one of them, a sync that is under way and one more suffice, or the transfer of a state.
 */
class FileConverges implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private core: readonly ServerIndex[] = [];
  private quietSince: TrueTime = -1;
  private newest: FileMade | null = null;
  private readonly refused = new Set<string>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.bound.isLively) return;
    this.core = core;
    this.quietSince = Math.max(this.quietSince, at);
  }

  fileCommitted(at: TrueTime, file: FileMade): void {
    this.newest = file;
    this.quietSince = Math.max(this.quietSince, at);
  }

  serverNoted(at: TrueTime, _server: ServerIndex, event: ServerEvent): void {
    if (event.kind === 'file refused') this.refused.add(event.hash);
    // Each new leader first confirms a round of its own.
    if (event.kind === 'took over') this.quietSince = Math.max(this.quietSince, at);
  }

  ended(at: TrueTime): void {
    const { newest, bound } = this;
    if (this.core.length === 0 || newest === null || at - this.quietSince <= bound.leader) return;
    // A leader outside the core may be cut off from some of it for ever, and rightly keep its office by the others.
    const leader = this.ground.servingLeader();
    if (leader >= 0 && !this.core.includes(leader)) return;
    for (const server of this.core) {
      if (!this.ground.order.includes(server)) continue;
      const body = this.ground.filesOf(server).get(LICENSE_FILE);
      const hash = body === undefined ? 'none' : hashOfPoolFile(body);
      if (hash === newest.hash || this.refused.has(hash)) {
        this.reporter.held();
        continue;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)}, a server of the core, has the license file ${hash.slice(0, 8)} on its disk ${timeOf(at)}; in force is ${fileText(newest.version, newest.hash)}, and nothing has changed since ${seconds(this.quietSince)} (bound ${seconds(bound.leader)})`,
        'the servers of the core do not have the newest license file',
      );
      return;
    }
  }
}

export const fileVersion: Property = {
  id: 'S15',
  name: 'FileVersion',
  statement:
    'Versions of the license file only grow, one file each; only committed files are installed, and every edit is in force, saved or still offered.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new FileVersion(ground, reporter),
};

export const fileConverges: Property = {
  id: 'L7',
  name: 'FileConverges',
  statement: 'All servers of the core hold the newest license file that is in force.',
  environments: WITH_EDITS,
  watch: (ground, reporter) => new FileConverges(ground, reporter),
};
