// Deep clones of plain object graphs: the whole of snapshot and restore. Identity, cycles, prototypes and buffers
// shared between views survive. What cannot be seen cannot be cloned: state in closures, in `#private` fields or in
// module-level variables would be shared by all clones, so nothing of a world keeps state there (use TypeScript's
// `private`); a value that must wrap such a thing defines [CLONE]. Functions and frozen objects are shared.

/** `value[CLONE](context)` returns the clone; parts are cloned through the context, so that identity is kept. */
export const CLONE = Symbol('clone');

export interface CloneContext {
  clone<T>(value: T): T;
}

interface CustomClone {
  [CLONE](context: CloneContext): object;
}

type Shell = Record<string, unknown>;

class Cloning implements CloneContext {
  private readonly clones = new Map<object, object>();
  /** Shells that still have to be filled: originals and shells alternate. No recursion, so depth does not matter. */
  private readonly unfilled: object[] = [];

  clone<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return this.shellOf(value) as T;
  }

  fill(): void {
    for (;;) {
      const shell = this.unfilled.pop();
      const original = this.unfilled.pop();
      if (shell === undefined || original === undefined) return;
      if (Array.isArray(original)) {
        const copy = shell as unknown[];
        for (let i = 0; i < original.length; i++) copy[i] = this.clone(original[i]);
      } else if (original instanceof Map) {
        for (const [key, each] of original)
          (shell as Map<unknown, unknown>).set(this.clone(key), this.clone(each));
      } else if (original instanceof Set) {
        for (const each of original) (shell as Set<unknown>).add(this.clone(each));
      } else {
        for (const key of Object.keys(shell)) {
          const value = (shell as Shell)[key];
          if (typeof value === 'object' && value !== null) (shell as Shell)[key] = this.shellOf(value);
        }
      }
    }
  }

  private shellOf(original: object): object {
    const known = this.clones.get(original);
    if (known !== undefined) return known;
    const shell = this.newShell(original);
    this.clones.set(original, shell);
    return shell;
  }

  private newShell(original: object): object {
    if (CLONE in original) return (original as CustomClone)[CLONE](this);
    if (ArrayBuffer.isView(original)) return this.viewOf(original);
    if (original instanceof ArrayBuffer) return original.slice(0);
    // `isFrozen` is slow, and only what is not extensible can be frozen.
    if (!Object.isExtensible(original) && Object.isFrozen(original)) return original;
    let shell: object;
    if (Array.isArray(original)) shell = new Array(original.length);
    else if (original instanceof Map) shell = new Map();
    else if (original instanceof Set) shell = new Set();
    else if (hasHiddenState(original))
      throw new TypeError(`${original.constructor.name} cannot be cloned: its state is hidden`);
    else {
      // Field by field an object of many fields would become a table of them, and whatever runs on it tenfold slower.
      shell = { ...original };
      const prototype = Object.getPrototypeOf(original);
      if (prototype !== Object.prototype) Object.setPrototypeOf(shell, prototype);
    }
    this.unfilled.push(original, shell);
    return shell;
  }

  private viewOf(view: ArrayBufferView): object {
    const buffer = this.clone(view.buffer);
    if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength);
    const array = view as Uint8Array;
    const Kind = array.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => object;
    return Buffer.isBuffer(view)
      ? Buffer.from(buffer, view.byteOffset, view.byteLength)
      : new Kind(buffer, view.byteOffset, array.length);
  }
}

function hasHiddenState(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef ||
    value instanceof Date
  );
}

/** A clone of everything that can be reached from `value`. Throws TypeError on a value with hidden state (a promise, a date). */
export function cloneGraph<T>(value: T): T {
  const cloning = new Cloning();
  const clone = cloning.clone(value);
  cloning.fill();
  return clone;
}
