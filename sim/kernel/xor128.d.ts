// The one generator of seedrandom that streams use, imported alone: the package's own types describe only its main file.

declare module 'seedrandom/lib/xor128.js' {
  export interface Xor128State {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
  }

  export interface Xor128 {
    /** Uniform signed 32-bit integer. */
    int32(): number;
    state(): Xor128State;
  }

  export default function xor128(seed: number, options: { readonly state: Xor128State }): Xor128;
}
