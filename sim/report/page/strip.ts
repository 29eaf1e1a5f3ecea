// The whole run in a narrow strip, with the window that the diagram shows: who led when, faults, violations. It is dragged to move.

import type { RunData } from './data.ts';
import { element } from './element.ts';
import type { Palette } from './paint.ts';

const HEIGHT = 30;

export interface Strip {
  readonly host: HTMLElement;
  draw(window: { readonly from: number; readonly to: number }, palette: Palette): void;
}

export function stripOf(run: RunData, show: (from: number, to: number) => void): Strip {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const host = element('div', { class: 'strip', title: 'the whole run; drag the window' }, canvas);
  let shown = { from: 0, to: run.endsAt };
  let isPressed = false;
  const centre = (event: PointerEvent): void => {
    const box = host.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * run.endsAt;
    const half = (shown.to - shown.from) / 2;
    show(at - half, at + half);
  };
  host.addEventListener('pointerdown', (event) => {
    isPressed = true;
    host.setPointerCapture(event.pointerId);
    centre(event);
  });
  host.addEventListener('pointermove', (event) => {
    if (isPressed) centre(event);
  });
  for (const kind of ['pointerup', 'pointercancel'] as const)
    host.addEventListener(kind, () => {
      isPressed = false;
    });

  return {
    host,
    draw(window, palette) {
      shown = window;
      const width = host.clientWidth;
      const density = devicePixelRatio || 1;
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(HEIGHT * density);
      const context = canvas.getContext('2d')!;
      context.scale(density, density);
      const xOf = (at: number): number => (at / run.endsAt) * width;
      const row = (HEIGHT - 8) / run.servers;
      for (const { node, from, to, standing } of run.standings) {
        if (standing === 'follower') continue;
        context.fillStyle = palette[standing];
        context.fillRect(xOf(from), 4 + node * row, Math.max(1, xOf(to) - xOf(from)), Math.max(1, row - 1));
      }
      context.fillStyle = palette.fault;
      for (const { from, to } of run.disturbances)
        context.fillRect(xOf(from), 0, Math.max(1, xOf(to) - xOf(from)), 2);
      context.fillStyle = palette.bad;
      for (const { at } of run.violations) context.fillRect(xOf(at) - 1, 0, 2, HEIGHT);
      context.fillStyle = palette.paper;
      context.globalAlpha = 0.6;
      context.fillRect(0, 0, xOf(window.from), HEIGHT);
      context.fillRect(xOf(window.to), 0, width - xOf(window.to), HEIGHT);
      context.globalAlpha = 1;
      context.strokeStyle = palette.accent;
      const left = xOf(window.from);
      context.strokeRect(left + 0.5, 0.5, Math.max(3, xOf(window.to) - left) - 1, HEIGHT - 1);
    },
  };
}
