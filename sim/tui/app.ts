// The replay on a terminal: keys in, frames out. Everything else is in the session, which knows of no terminal.

import { Box, type Key as InkKey, type Instance, render, Text, useApp, useInput, useStdout } from 'ink';
import { createElement as h, type ReactNode, useEffect, useReducer, useState } from 'react';
import type { Screen } from './frame.ts';
import type { Line, Style } from './lines.ts';
import type { Key } from './model.ts';

/** What is shown: keys in, frames out. */
export interface Shown {
  press(key: Key): void;
  frame(screen: Screen): Line[];
  /** Works for about so many milliseconds; true: there is something else to be seen. */
  roll(milliseconds: number): boolean;
  /** There is nothing to work on at the moment. */
  readonly isSettled: boolean;
  readonly hasQuit: boolean;
}

/** How much of a run is put on tape between two looks at the keyboard, ms. */
const SLICE = 25;

/** No colour says anything that a sign or a word does not. */
const HAS_COLOURS = (process.env.NO_COLOR ?? '') === '';

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

/** Ends when what is shown does. The terminal is as it was before, whatever happens. */
export async function showOnTerminal(shown: Shown): Promise<void> {
  const { stdout } = process;
  stdout.write(ENTER_ALTERNATE);
  const restore = (): void => void stdout.write(LEAVE_ALTERNATE);
  process.once('exit', restore);
  let app: Instance | null = null;
  try {
    app = render(h(Terminal, { shown }), { exitOnCtrlC: false, patchConsole: false });
    await app.waitUntilExit();
  } finally {
    app?.unmount();
    process.off('exit', restore);
    restore();
    // Or the keys that are meant for whatever comes next are read here.
    process.stdin.resume().pause();
  }
}

const ENTER_ALTERNATE = '\u001b[?1049h\u001b[H';
const LEAVE_ALTERNATE = '\u001b[?1049l\u001b[?25h';

function Terminal({ shown }: { readonly shown: Shown }): ReactNode {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const { exit } = useApp();
  const screen = useScreen();
  useInput((input, key) => {
    for (const name of keysOf(input, key)) shown.press(name);
    if (shown.hasQuit) exit();
    else draw();
  });
  useEffect(() => {
    let next: NodeJS.Immediate | null = null;
    let drawnAt = 0;
    const roll = (): void => {
      const went = shown.roll(SLICE);
      if (shown.hasQuit) {
        exit();
        return;
      }
      if (went && (shown.isSettled || performance.now() - drawnAt > 100)) {
        drawnAt = performance.now();
        draw();
      }
      next = went ? setImmediate(roll) : null;
      if (!went) waiting = setInterval(wakeUp, 50);
    };
    let waiting: NodeJS.Timeout | null = null;
    // Another run may have been asked for.
    const wakeUp = (): void => {
      if (shown.isSettled) return;
      if (waiting !== null) clearInterval(waiting);
      waiting = null;
      roll();
    };
    next = setImmediate(roll);
    return () => {
      if (next !== null) clearImmediate(next);
      if (waiting !== null) clearInterval(waiting);
    };
  }, [shown, exit]);
  return h(
    Box,
    { flexDirection: 'column' },
    shown.frame(screen).map((line, at) => h(Row, { key: at, line })),
  );
}

function Row({ line }: { readonly line: Line }): ReactNode {
  return h(
    Text,
    { wrap: 'truncate' },
    line.map(({ text, style }, at) => h(Text, { key: at, ...looksOf(style) }, text)),
  );
}

function looksOf(style: Style): Looks {
  const { color, ...others } = LOOKS[style];
  return color === undefined || !HAS_COLOURS ? others : { ...others, color };
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
