// Reads the sources of everything that takes part in a run, and names each place where something could come in that the
// scenario does not say: the present, chance, the machine, the locale, an order by accident, a state that outlives the run.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const PURE = [
  'src/core',
  'src/wire',
  'src/storage',
  'src/process',
  'sim/kernel',
  'sim/world',
  'sim/faults',
  'sim/pool',
  'sim/scenario',
  'sim/simulate.ts',
  'sim/outcome.ts',
  'properties',
];

/** What is printed of a scenario takes no part in its run. */
const FOR_PEOPLE = join('sim', 'scenario', 'describe.ts');

/** Exact on every machine [ECMA-262, 21.3.2]. */
const EXACT = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'trunc',
]);

const AMBIENT = new Set([
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Intl',
  'Promise',
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
  'globalThis',
]);

const OF_PROCESS =
  /^(env|argv|hrtime|uptime|nextTick|cpuUsage|memoryUsage|pid|ppid|platform|arch|version|versions|cwd|stdin|stdout|stderr)$/;

interface Rule {
  readonly what: string;
  /** Each must be found … */
  readonly bad: readonly string[];
  /** … and each of these let through. */
  readonly good: readonly string[];
  finds(node: ts.Node): boolean;
}

const RULES: readonly Rule[] = [
  {
    what: 'the present or the time zone: time comes from the turn or the port',
    bad: ['Date.now()', 'new Date()', 'new Date(0).getHours()', 'const now = Date.now'],
    good: ['Date.UTC(2026, 0, 1)', 'value instanceof Date', 'let x: Date'],
    finds: (node) =>
      isName(node, 'Date') &&
      !isMember(node.parent, 'Date', /^UTC$/) &&
      !isAskedFor(node) &&
      !isType(node.parent),
  },
  {
    what: 'a function of the outside',
    bad: [
      'performance.now()',
      'crypto.randomUUID()',
      'setTimeout(f, 0)',
      'Promise.resolve()',
      'new Intl.Collator()',
    ],
    good: ['clock.performance', 'value instanceof Promise', 'value instanceof WeakRef', '({ crypto: 1 })'],
    finds: (node) =>
      ts.isIdentifier(node) &&
      AMBIENT.has(node.text) &&
      !isLabel(node) &&
      !isAskedFor(node) &&
      !isType(node.parent),
  },
  {
    what: 'the machine or the process that runs it',
    bad: ['process.env.HOME', 'process.hrtime()', 'import.meta.url'],
    good: ['process.onWake()', 'this.process.start()'],
    finds: (node) => isMember(node, 'process', OF_PROCESS) || ts.isMetaProperty(node),
  },
  {
    what: 'arithmetic that may differ in the last bit, or chance',
    bad: ['Math.random()', 'Math.log(x)', 'Math.pow(2, 3)', 'const { sin } = Math', 'x ** 0.5', 'x **= 2'],
    good: ['Math.floor(x)', '2 ** 32', '2 ** n'],
    finds: (node) =>
      (isName(node, 'Math') && !isExactMember(node.parent)) || (ts.isBinaryExpression(node) && isPower(node)),
  },
  {
    what: 'an order that depends on the locale, on texts, or on the kind of keys',
    bad: [
      'a.localeCompare(b)',
      'x.toLocaleString()',
      'list.sort()',
      'list.toSorted()',
      'for (const k in o) f(k)',
    ],
    good: ['list.sort(byTime)', 'for (const k of o) f(k)'],
    finds: (node) =>
      (ts.isPropertyAccessExpression(node) && /^(localeCompare|toLocale\w+)$/.test(node.name.text)) ||
      ts.isForInStatement(node) ||
      (ts.isCallExpression(node) &&
        node.arguments.length === 0 &&
        ts.isPropertyAccessExpression(node.expression) &&
        /^(sort|toSorted)$/.test(node.expression.name.text)),
  },
  {
    what: 'a variable that survives the run',
    bad: ['let count = 0', 'export var x = 1', 'class A { static count = 0 }', 'namespace N { let x = 0 }'],
    good: [
      'const x = 1',
      'function f() { let x = 0 }',
      'class A { static readonly most = 3 }',
      'for (let i = 0;;) {}',
    ],
    finds: (node) =>
      (ts.isVariableStatement(node) &&
        !(node.declarationList.flags & ts.NodeFlags.Const) &&
        (ts.isSourceFile(node.parent) || ts.isModuleBlock(node.parent))) ||
      (ts.isPropertyDeclaration(node) &&
        has(node, ts.SyntaxKind.StaticKeyword) &&
        !has(node, ts.SyntaxKind.ReadonlyKeyword)),
  },
  {
    what: 'a step that is not synchronous',
    bad: ['async function f() {}', 'const f = async () => 1', 'await x', 'for await (const x of y) {}'],
    good: ['function f() {}'],
    finds: (node) =>
      node.kind === ts.SyntaxKind.AsyncKeyword ||
      node.kind === ts.SyntaxKind.AwaitKeyword ||
      ts.isAwaitExpression(node),
  },
  {
    what: 'a text that depends on the build',
    bad: ['error.stack', 'f.toString.name.stack', 'Error.captureStackTrace(x)'],
    good: ['this.stacked'],
    finds: (node) =>
      ts.isPropertyAccessExpression(node) && /^(stack|captureStackTrace)$/.test(node.name.text),
  },
  {
    what: 'a state that a snapshot cannot see',
    bad: ['class A { #x = 0 }', 'class A { has(o) { return #x in o } }'],
    good: ['class A { private x = 0 }'],
    finds: (node) => ts.isPrivateIdentifier(node),
  },
];

function isName(node: ts.Node, name: string): node is ts.Identifier {
  return ts.isIdentifier(node) && node.text === name && !isLabel(node);
}

function isMember(node: ts.Node, owner: string, name: RegExp): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === owner &&
    name.test(node.name.text)
  );
}

function isExactMember(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && EXACT.has(node.name.text);
}

/** Any engine gets powers of two right; of other powers the last bit is open. */
function isPower({ operatorToken, left }: ts.BinaryExpression): boolean {
  if (operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken) return true;
  return operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken && left.getText() !== '2';
}

/** The name of a member, a field or a declaration, not a reference to a global. */
function isLabel(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
      parent.name === node)
  );
}

/** `value instanceof X`: asking what something is uses nothing of it. */
function isAskedFor(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword &&
    parent.right === node
  );
}

function isType(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isQualifiedName(node);
}

function has(node: ts.PropertyDeclaration, kind: ts.SyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}

/** `line: text  (what)` for everything that the rules find. */
function findings(text: string, rules: readonly Rule[] = RULES): string[] {
  const file = ts.createSourceFile('it.ts', text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const rule of rules) {
      if (!rule.finds(node)) continue;
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line;
      found.push(`${line + 1}: ${text.split('\n')[line]!.trim()}  (${rule.what})`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function sourcesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name))
    .filter((file) => file !== FOR_PEOPLE)
    .sort((a, b) => (a < b ? -1 : 1));
}

test.each(PURE)('%s lets nothing in that the scenario does not say', (path) => {
  const sources = sourcesIn(path);
  expect(sources.length).toBeGreaterThan(0);
  expect(
    sources.flatMap((file) => findings(readFileSync(file, 'utf8')).map((found) => `${file}:${found}`)),
  ).toEqual([]);
});

test.each(RULES)('this is found: $what', (rule) => {
  for (const bad of rule.bad) expect(findings(bad, [rule]), bad).not.toEqual([]);
  for (const good of rule.good) expect(findings(good, [rule]), good).toEqual([]);
});
