// The commands of interaction scripts, one after the other on one pool. What a command prints, and what the pool notes
// while it runs, is its output. A command that nobody knows is a mistake of the script and throws.
//
//   pool 3 limit=15 lifetime=300s drift=1% delay=1ms sync=1ms seed=1 stableFor=4s      a new pool, booting
//        soft=2                                     the soft limit of its license
//        founders=2                                 so many of them are in the pool at the start
//        starts=10s ends=60s tamper=yes             dates of its license, counted from the begin
//        also limit=5 starts=60s ends=90s           a second license string for the same key, and so on
//        begins=blank · begins=first                nothing but license files; and for the first time
//   pass 5s · run until s2 took over             time passes; until a line with that text is printed
//   cut s1 · cut s1->s2 · cut c1-s1              s1 from the other servers; one way; both ways
//   lose|double|hold [next] s1->s2 [append,vote] single messages; nodes may be `servers`, `clients` or `*`
//   mend s1->s2 · mend all · release held        take a cut or a rule back; let what was held go on
//   show s1->servers [append] · show nothing     print messages as they leave
//   crash s1 [losing writes] · restart s1        without it, what was written survives, synced or not
//   wipe s1 · image s1 · restore s1              its disk is empty from now on; a copy of it is kept; is put back
//   edit s1 limit=3 version=7 servers=s2,s1,s3  the license file on the disk of s1, which is down, is edited; `edit s1` puts
//        renewal=1 ends=90s lifetime=60s        back the file that the pool was founded with; `write s1 text` writes just that
//   files s1                                    the license files on its disk
//   erase s1                                     its store is deleted, its license file stays
//   fill s1 · free s1                           its disk has no room for anything more
//   fail s1                                     its next sync fails, and what it should have synced is lost
//   slow s1 200 · speed s1                       its syncs take so many times as long
//   pause s1 · resume s1                         the process stands still
//   sleep s1 · awake s1                          the machine does, and with it its monotonic clock
//   lower s1 1h                                  an operator sets the mark of pool time back to an hour ago
//   reform s1 s1,s2,s3 · promote s2               an operator orders it to re-form the pool with those; promotes it
//   stand-down s1                                an operator orders it to leave office
//   restored s1                                  an operator says that its disk was set back
//   drift c1 +1% · wall c1 +1h
//   c1 request cad [2] · c1 update [h1] · c1 release [h1] · c1 status cad       with `&` it only begins
//   state · table s1 · handles s1 · holds c1
//   quietly <command>                            what it prints is known from elsewhere
//   70 times <command>; <command>                again and again

import type { FileEdit } from '../../sim/scenario/scenario.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { parseDuration } from '../../src/core/time-text.ts';
import type { Fate, Rule } from './mail.ts';
import type { Script } from './script.ts';
import { SILENCE } from './script.ts';
import type { ScriptClient } from './script-client.ts';
import { type PoolOptions, ScriptPool } from './script-pool.ts';

/** Runs all blocks of a script and returns what each printed. */
export function runScript(script: Script): string[][] {
  const outputs: string[][] = [];
  const commander = new Commander();
  for (const piece of script.pieces) {
    if (piece.kind === 'prose') continue;
    const output: string[] = [];
    piece.block.commands.forEach((command, i) => {
      try {
        output.push(...commander.run(command));
      } catch (error) {
        throw new Error(`line ${piece.block.line + i}, "${command}": ${(error as Error).message}`, {
          cause: error,
        });
      }
    });
    outputs.push(output.length === 0 ? [SILENCE] : countedRepetitions(output));
  }
  return outputs;
}

/** The same line several times in a row becomes one. */
function countedRepetitions(lines: readonly string[]): string[] {
  const counted: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const end = lines.findIndex((line, i) => i > at && line !== lines[at]);
    const times = (end < 0 ? lines.length : end) - at;
    counted.push(times === 1 ? lines[at]! : `${lines[at]} (${times} times)`);
    at += times;
  }
  return counted;
}

class Commander {
  private running: ScriptPool | null = null;

  run(command: string): string[] {
    if (!command.startsWith('quietly ')) return this.loudly(command);
    this.loudly(command.slice('quietly '.length));
    return [];
  }

  private loudly(command: string): string[] {
    // What follows a number of times may be several commands.
    const repeated = /^(\d+) times (.*)$/.exec(command);
    if (repeated !== null) {
      const commands = repeated[2]!.split('; ');
      return Array.from({ length: Number(repeated[1]) }, () =>
        commands.map((each) => this.loudly(each)),
      ).flat(2);
    }
    const [verb, ...rest] = command.split(' ').filter((word) => word !== '');
    if (verb === 'pool') this.running = new ScriptPool(poolOptions(rest));
    else if (/^c\d$/.test(verb!)) this.call(verb!, rest);
    else this.act(verb!, rest, command);
    return this.pool.takeLines();
  }

  private get pool(): ScriptPool {
    if (this.running === null) throw new Error('a script begins with a pool');
    return this.running;
  }

  private act(verb: string, words: readonly string[], command: string): void {
    const { pool } = this;
    const [first = ''] = words;
    switch (verb) {
      case 'pass':
        pool.pass(durationOf(first));
        break;
      case 'run':
        pool.runUntil(command.replace(/^run until /, ''));
        break;
      case 'cut':
        this.lay('lose', first, null, false);
        break;
      case 'lose':
      case 'double':
      case 'hold': {
        const once = first === 'next';
        const [links = '', kinds = null] = once ? words.slice(1) : words;
        this.lay(verb, links, kinds, once);
        break;
      }
      case 'mend':
        if (first === 'all') pool.mail.mendAll();
        else if (!pool.mail.remove(first)) throw new Error(`nothing disturbs ${first}`);
        break;
      case 'release': {
        const count = pool.mail.releaseHeld();
        if (count === 0) throw new Error('nothing is held');
        break;
      }
      case 'show':
        if (first === 'nothing') pool.mail.showNone();
        else this.lay('show', first, words[1] ?? null, false);
        break;
      case 'crash':
        pool.world.crash(this.node(first), {
          survivePpm: words[1] === 'losing' ? 0 : 1_000_000,
          torn: false,
        });
        break;
      case 'image':
        pool.keepImage(this.node(first));
        break;
      case 'restore':
        pool.restoreImage(this.node(first));
        break;
      case 'erase':
        pool.eraseStore(this.node(first));
        break;
      case 'wipe':
        pool.world.hosts[this.node(first)]!.wipeDisk();
        break;
      case 'edit':
        pool.edit(
          this.node(first),
          editOf(words.slice(1), (name) => this.node(name)),
        );
        break;
      case 'write':
        pool.write(this.node(first), words.slice(1).join(' '));
        break;
      case 'files':
        for (const line of pool.filesText(this.node(first))) pool.print(line);
        break;
      case 'fill':
        pool.fillDisk(this.node(first));
        break;
      case 'free':
        pool.freeDisk(this.node(first));
        break;
      case 'fail':
        pool.failNextSync(this.node(first));
        break;
      case 'slow':
        pool.slowDisk(this.node(first), numberOf(words[1] ?? ''));
        break;
      case 'speed':
        pool.speedDisk(this.node(first));
        break;
      case 'restart':
        pool.restart(this.node(first));
        break;
      case 'pause':
        pool.pause(this.node(first));
        break;
      case 'resume':
        pool.resume(this.node(first));
        break;
      case 'sleep':
        pool.pause(this.node(first));
        pool.world.suspendClock(this.node(first), true);
        break;
      case 'awake':
        pool.world.suspendClock(this.node(first), false);
        pool.resume(this.node(first));
        break;
      case 'lower':
        pool.lowerMark(this.node(first), durationOf(words[1] ?? '') / 1000);
        break;
      case 'reform':
        pool.order(this.node(first), { kind: 're-form', servers: (words[1] ?? '').split(',') });
        break;
      case 'promote':
        pool.order(this.node(first), { kind: 'promote' });
        break;
      case 'stand-down':
        pool.order(this.node(first), { kind: 'stand-down' });
        break;
      case 'restored':
        pool.order(this.node(first), { kind: 'restored' });
        break;
      case 'drift':
        // A crystal that is off is off for both clocks.
        pool.world.addMonotonicPpm(this.node(first), ppmOf(words[1] ?? ''));
        pool.world.addWallPpm(this.node(first), ppmOf(words[1] ?? ''));
        break;
      case 'wall':
        pool.world.jumpWall(this.node(first), signedDurationOf(words[1] ?? '') / 1000);
        break;
      case 'state':
        for (let node = 0; node < pool.servers; node++) pool.print(pool.stateText(node));
        break;
      case 'table':
        for (const line of pool.tableText(this.node(first))) pool.print(line);
        break;
      case 'handles':
        pool.print(pool.handlesText(this.node(first)));
        break;
      case 'holds': {
        const lines = this.client(first).holdings();
        for (const line of lines.length === 0 ? [`${first} holds nothing`] : lines) pool.print(line);
        break;
      }
      default:
        throw new Error('there is no such command');
    }
  }

  private call(name: string, words: readonly string[]): void {
    const client = this.client(name);
    const isOnlyBegun = words.at(-1) === '&';
    const [call = '', what = '', units = '1'] = isOnlyBegun ? words.slice(0, -1) : words;
    const id = this.begin(client, call, what, Number(units));
    if (!isOnlyBegun) this.pool.finishCall(client, id);
  }

  private begin(client: ScriptClient, call: string, what: string, units: number): number {
    switch (call) {
      case 'request':
        return client.request(what, units);
      case 'status':
        return client.status(what);
      case 'update':
        return client.update(this.handle(client, what));
      case 'release':
        return client.release(this.handle(client, what));
      default:
        throw new Error('there is no such call');
    }
  }

  private handle(client: ScriptClient, name: string) {
    const handle = name === '' ? client.lastHandle : this.pool.handleNamed(name);
    if (handle === null) throw new Error('there is no such handle');
    return handle;
  }

  private client(name: string): ScriptClient {
    const client = this.pool.clientAt(this.node(name));
    if (client === null) throw new Error(`${name} is no client that runs`);
    return client;
  }

  private node(name: string): number {
    const node = this.pool.nodeOf(name);
    if (node === null) throw new Error(`there is no node "${name}"`);
    return node;
  }

  private lay(fate: Fate, text: string, kinds: string | null, once: boolean): void {
    const add = (from: ReadonlySet<number>, to: ReadonlySet<number>): void => {
      const rule: Rule = {
        fate,
        text,
        kinds: kinds === null ? null : new Set(kinds.split(',')),
        once,
        from,
        to,
      };
      this.pool.mail.add(rule);
    };
    const [, left = '', link = '', right = ''] = /^([a-z0-9*]+)(->?|)([a-z0-9*]*)$/.exec(text) ?? [];
    const from = this.nodes(left);
    // Alone, a node stands for its links with all other servers.
    const to = link === '' ? this.nodes('servers') : this.nodes(right);
    add(from, to);
    if (link !== '->') add(to, from);
  }

  private nodes(name: string): ReadonlySet<number> {
    const { servers, nodeNames } = this.pool;
    const all = nodeNames.map((_, node) => node);
    if (name === '*') return new Set(all);
    if (name === 'servers') return new Set(all.slice(0, servers));
    if (name === 'clients') return new Set(all.slice(servers));
    return new Set([this.node(name)]);
  }
}

function poolOptions([servers, ...words]: readonly string[]): PoolOptions {
  const [options = [], ...others] = splitAt(words, 'also');
  const given = new Map(options.map((option) => option.split('=') as [string, string]));
  const take = (name: string, usual: string): string => {
    const value = given.get(name) ?? usual;
    given.delete(name);
    return value;
  };
  const fixed = {
    servers: numberOf(servers ?? ''),
    founders: numberOf(take('founders', servers ?? '')),
    strings: [
      stringOptions(['limit', 'soft', 'starts', 'ends'].map((name) => [name, take(name, '')])),
      ...others.map((also) => stringOptions(also.map((option) => option.split('=')))),
    ],
    lifetimeMs: durationOf(take('lifetime', '300s')) / 1000,
    isTamperChecked: take('tamper', 'no') === 'yes',
    begins: beginsOf(take('begins', 'founded')),
    driftPpm: ppmOf(take('drift', '1%')),
    delay: durationOf(take('delay', '1ms')),
    sync: durationOf(take('sync', '1ms')),
    seed: numberOf(take('seed', '1')),
  };
  return { ...fixed, settings: Object.fromEntries([...given].map(settingOf)) };
}

function editOf(words: readonly string[], nodeOf: (name: string) => number): FileEdit {
  let edit: FileEdit = {};
  for (const word of words) {
    const [name = '', value = ''] = word.split('=');
    if (name === 'limit') edit = { ...edit, limits: [numberOf(value)] };
    else if (name === 'version') edit = { ...edit, version: numberOf(value) };
    else if (name === 'renewal') edit = { ...edit, renewal: numberOf(value) };
    else if (name === 'ends') edit = { ...edit, endsAfterMs: durationOf(value) / 1000 };
    else if (name === 'lifetime') edit = { ...edit, keyLifetimeMs: durationOf(value) / 1000 };
    else if (name === 'servers') edit = { ...edit, servers: value.split(',').map(nodeOf) };
    else throw new Error(`an edit knows nothing of "${word}"`);
  }
  return edit;
}

/** What is not given, or empty, is as usual. */
function stringOptions(options: readonly string[][]): PoolOptions['strings'][number] {
  const given = new Map(options.filter(([, value]) => value !== '') as [string, string][]);
  const date = (name: string): number | null => {
    const text = given.get(name);
    return text === undefined ? null : durationOf(text) / 1000;
  };
  const soft = given.get('soft');
  return {
    limit: numberOf(given.get('limit') ?? '10'),
    softLimit: soft === undefined ? null : numberOf(soft),
    startsMs: date('starts'),
    endsMs: date('ends'),
  };
}

function splitAt(words: readonly string[], mark: string): string[][] {
  const pieces: string[][] = [[]];
  for (const word of words) {
    if (word === mark) pieces.push([]);
    else pieces.at(-1)!.push(word);
  }
  return pieces;
}

/** In ms, or as it is when it counts things. */
function settingOf([name, value]: [string, string]): [string, number] {
  if (!Object.hasOwn(DEFAULT_SETTINGS, name)) throw new Error(`there is no setting "${name}"`);
  const duration = parseDuration(value);
  return [name satisfies string as keyof Settings, duration === null ? numberOf(value) : duration / 1000];
}

function beginsOf(text: string): PoolOptions['begins'] {
  if (text === 'founded') return null;
  if (text === 'blank') return 'blank';
  if (text === 'first') return 'first installation';
  throw new Error(`a pool begins founded, blank or first, not ${text}`);
}

function numberOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no whole number`);
  return Number(text);
}

function durationOf(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new Error(`"${text}" is no duration such as 5s or 1500ms`);
  return duration;
}

function signedDurationOf(text: string): number {
  const duration = durationOf(text.slice(1));
  if (text.startsWith('+')) return duration;
  if (text.startsWith('-')) return -duration;
  throw new Error(`"${text}" is no change such as +1h`);
}

function ppmOf(text: string): number {
  const match = /^([+-]?\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no percentage`);
  return Math.round(Number(match[1]) * 10_000);
}
