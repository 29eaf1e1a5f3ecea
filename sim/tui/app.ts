// The replay on a terminal: keys in, frames out. Everything else is in the session, which knows of no terminal.

import { Box, type Key as InkKey, type Instance, render, Text, useApp, useInput, useStdout } from 'ink';
import { createElement as h, type ReactNode, useEffect, useReducer, useState } from 'react';
import type { Screen } from './frame.ts';
import type { Line, Style } from './lines.ts';
import type { Key } from './model.ts';
import type { Session } from './session.ts';

/** How much of a run is put on tape between two looks at the keyboard, ms. */
const SLICE = 25;

type Looks = Readonly<Partial<Record<'bold' | 'dimColor' | 'inverse', true> & Record<'color', string>>>;

const LOOKS: Readonly<Record<Style, Looks>> = {
  plain: {},
  dim: { dimColor: true },
  bold: { bold: true },
  chosen: { inverse: true },
  good: { color: 'green' },
  bad: { color: 'red', bold: true },
  warn: { color: 'yellow' },
  accent: { color: 'cyan' },
};

/** Ends when the session does. The terminal is as it was before, whatever happens. */
export async function showOnTerminal(session: Session): Promise<void> {
  const { stdout } = process;
  stdout.write(ENTER_ALTERNATE);
  const restore = (): void => void stdout.write(LEAVE_ALTERNATE);
  process.once('exit', restore);
  let app: Instance | null = null;
  try {
    app = render(h(Replay, { session }), { exitOnCtrlC: false, patchConsole: false });
    await app.waitUntilExit();
  } finally {
    app?.unmount();
    process.off('exit', restore);
    restore();
  }
}

const ENTER_ALTERNATE = '\u001b[?1049h\u001b[H';
const LEAVE_ALTERNATE = '\u001b[?1049l\u001b[?25h';

function Replay({ session }: { readonly session: Session }): ReactNode {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const { exit } = useApp();
  const screen = useScreen();
  useInput((input, key) => {
    for (const name of keysOf(input, key)) session.press(name);
    if (session.hasQuit) exit();
    else draw();
  });
  useEffect(() => {
    let next: NodeJS.Immediate | null = null;
    let drawnAt = 0;
    const roll = (): void => {
      const went = session.roll(SLICE);
      if (went && (session.isSettled || performance.now() - drawnAt > 100)) {
        drawnAt = performance.now();
        draw();
      }
      next = went ? setImmediate(roll) : null;
      if (!went) waiting = setInterval(wakeUp, 50);
    };
    let waiting: NodeJS.Timeout | null = null;
    // Another run may have been asked for.
    const wakeUp = (): void => {
      if (session.isSettled) return;
      if (waiting !== null) clearInterval(waiting);
      waiting = null;
      roll();
    };
    next = setImmediate(roll);
    return () => {
      if (next !== null) clearImmediate(next);
      if (waiting !== null) clearInterval(waiting);
    };
  }, [session]);
  return h(
    Box,
    { flexDirection: 'column' },
    session.frame(screen).map((line, at) => h(Row, { key: at, line })),
  );
}

function Row({ line }: { readonly line: Line }): ReactNode {
  return h(
    Text,
    { wrap: 'truncate' },
    line.map(({ text, style }, at) => h(Text, { key: at, ...LOOKS[style] }, text)),
  );
}

function useScreen(): Screen {
  const { stdout } = useStdout();
  const [screen, setScreen] = useState(() => sizeOf(stdout));
  useEffect(() => {
    const onResize = (): void => {
      stdout.write('\u001b[2J\u001b[H');
      setScreen(sizeOf(stdout));
    };
    stdout.on('resize', onResize);
    return () => void stdout.off('resize', onResize);
  }, [stdout]);
  return screen;
}

/** A line is left free: a terminal that is full to the last column of the last one scrolls. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): Screen {
  return { columns: columns || 80, rows: (rows || 25) - 1 };
}

/** One name for most keys; text that is pasted is as many keys as it has characters. */
function keysOf(input: string, key: InkKey): Key[] {
  const shift = key.shift ? 'shift+' : '';
  if (key.leftArrow) return [`${shift}left`];
  if (key.rightArrow) return [`${shift}right`];
  if (key.upArrow) return ['up'];
  if (key.downArrow) return ['down'];
  if (key.tab) return [`${shift}tab`];
  if (key.return) return ['enter'];
  if (key.escape) return ['escape'];
  if (key.backspace || key.delete) return ['backspace'];
  if (key.ctrl) return input === 'c' ? ['ctrl+c'] : [];
  return [...input].filter((character) => character >= ' ');
}
