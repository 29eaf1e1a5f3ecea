// Hooks for Node's module loader: a module that is among the patched ones is loaded from there.

import type { LoadHook } from 'node:module';

let patched: Readonly<Record<string, string>> = {};

export function initialize(modules: Readonly<Record<string, string>>): void {
  patched = modules;
}

export const load: LoadHook = (url, context, nextLoad) => {
  const source = patched[url];
  return source === undefined ? nextLoad(url, context) : { format: 'module', shortCircuit: true, source };
};
