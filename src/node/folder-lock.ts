// At most one process on a data folder [16.14]: a socket in it that answers for as long as its owner lives. The operating
// system ends it with the process, however that ends, so nothing has to be guessed from process ids.

import { renameSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

const LOCK_FILE = 'lock';

/** Whether this process has the folder from now on. Rejects with what the system says when no lock can be made there. */
export async function lockFolder(folder: string): Promise<boolean> {
  const path = join(folder, LOCK_FILE);
  for (let tries = 0; tries < 3; tries++) {
    if (await holds(path)) return true;
    if (await answers(path)) return false;
    // Left by a process that is no more. Set aside before it is removed: another one may have just taken its place.
    const aside = `${path}.${process.pid}`;
    try {
      renameSync(path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    if (await answers(aside)) {
      renameSync(aside, path);
      return false;
    }
    unlinkSync(aside);
  }
  return false;
}

/** Binding fails when the name is there already, and is one step in the system. */
function holds(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((visitor) => visitor.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      resolve(true);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const visitor = connect(path);
    visitor.once('connect', () => {
      visitor.destroy();
      resolve(true);
    });
    visitor.once('error', () => resolve(false));
  });
}
