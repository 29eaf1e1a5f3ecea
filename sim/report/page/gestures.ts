// Fingers, mouse and wheel upon the diagram: one drags, two pinch, a short press picks what is there. The wheel alone goes on to move
// the page.

import { timeAt, type View } from './layout.ts';

export interface Moves {
  readonly windowNow: () => { readonly from: number; readonly to: number };
  readonly viewNow: () => View;
  readonly show: (from: number, to: number) => void;
  /** A factor below 1 is closer; around that time. */
  readonly zoom: (factor: number, around: number) => void;
  readonly hover: (x: number, y: number) => void;
  readonly leave: () => void;
  readonly pick: (x: number, y: number) => void;
}

interface Press {
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

/** Whoever moves less than that does not drag. */
const STILL = 4;
/** Fingers are never closer than that: what would be zoomed by nothing is zoomed by a lot. */
const NEAREST_FINGERS = 12;

export function followPointer(stage: HTMLElement, moves: Moves): void {
  /** Where each was last. */
  const fingers = new Map<number, number>();
  let press: Press | null = null;
  let isDragged = false;

  const placeOf = ({ clientX, clientY }: MouseEvent): [x: number, y: number] => {
    const box = stage.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  const pinch = (x: number, before: number, other: number): void => {
    isDragged = true;
    const apart = (one: number): number => Math.max(NEAREST_FINGERS, Math.abs(one - other));
    moves.zoom(apart(before) / apart(x), timeAt(moves.viewNow(), (x + other) / 2));
  };
  const drag = (x: number, { x: pressedAt, from, to }: Press): void => {
    if (Math.abs(x - pressedAt) > STILL) isDragged = true;
    if (!isDragged) return;
    moves.leave();
    const by = ((x - pressedAt) / moves.viewNow().width) * (to - from);
    moves.show(from - by, to - by);
  };
  const release = (event: PointerEvent): void => {
    const isPick = fingers.delete(event.pointerId) && !isDragged && event.type === 'pointerup';
    press = null;
    if (isPick) moves.pick(...placeOf(event));
  };

  stage.addEventListener('pointerdown', (event) => {
    const [x] = placeOf(event);
    fingers.set(event.pointerId, x);
    press = { x, ...moves.windowNow() };
    isDragged = false;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener('pointermove', (event) => {
    const [x, y] = placeOf(event);
    const before = fingers.get(event.pointerId);
    if (before === undefined || press === null) {
      moves.hover(x, y);
      return;
    }
    fingers.set(event.pointerId, x);
    const other = [...fingers].find(([id]) => id !== event.pointerId);
    if (other === undefined) drag(x, press);
    else pinch(x, before, other[1]);
  });
  stage.addEventListener('pointerup', release);
  stage.addEventListener('pointercancel', release);
  stage.addEventListener('pointerleave', moves.leave);
  stage.addEventListener('dblclick', (event) => moves.zoom(0.4, timeAt(moves.viewNow(), placeOf(event)[0])));
  stage.addEventListener(
    'wheel',
    (event) => {
      const { deltaX, deltaY } = event;
      const isSideways = Math.abs(deltaX) > Math.abs(deltaY);
      if (!event.ctrlKey && !event.metaKey && !isSideways) return;
      event.preventDefault();
      const { from, to } = moves.windowNow();
      const by = (deltaX / moves.viewNow().width) * (to - from);
      if (isSideways) moves.show(from + by, to + by);
      else moves.zoom(2 ** (deltaY / 240), timeAt(moves.viewNow(), placeOf(event)[0]));
    },
    { passive: false },
  );
}
