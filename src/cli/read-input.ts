// A file or standard input as bytes, up to a bound: what is longer is cut one byte behind it, and nothing more is read.

import { createReadStream } from 'node:fs';
import { CannotGoOn } from './terminal.ts';

/** `-` is standard input. At most `mostBytes + 1` bytes; throws CannotGoOn when it cannot be read. */
export async function readInput(path: string, mostBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // One byte more than allowed is enough to know that it is too long, be it an endless device.
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path, { end: mostBytes })) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > mostBytes) break;
    }
  } catch (error) {
    throw new CannotGoOn(`cannot read ${nameOfInput(path)}: ${reasonOf(error as NodeJS.ErrnoException)}`);
  }
  return Buffer.concat(chunks).subarray(0, mostBytes + 1);
}

export function nameOfInput(path: string): string {
  return path === '-' ? 'standard input' : path;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
      return 'you may not read it';
    default:
      return error.message;
  }
}
