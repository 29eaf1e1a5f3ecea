// The kill matrix: which planted bug was noticed, how soon, and by which properties.

import type { MutantData, MutantsData } from './data.ts';
import { element, section } from './element.ts';
import { scrolling } from './table.ts';
import { counted, grouped, percentText, short } from './words.ts';

export function killsSection({ seeds, mutants }: MutantsData): HTMLElement {
  const properties = [...new Set(mutants.flatMap((mutant) => Object.keys(mutant.properties)))].sort(byKind);
  const real = mutants.filter(({ isEquivalent }) => !isEquivalent);
  const noticed = real.filter(({ kills }) => kills > 0).length;
  const heads = ['planted bug', 'noticed', 'share of seeds', 'first seed'].map((title) =>
    element('th', { scope: 'col' }, title),
  );
  const uprights = properties.map((property) =>
    element('th', { scope: 'col', class: 'upright' }, element('span', {}, property)),
  );
  return section(
    'mutants',
    'Planted bugs',
    element(
      'p',
      {},
      `${grouped(noticed)} of ${grouped(real.length)} are noticed, each looked for in up to ${counted(seeds.count, 'seed')} from ${grouped(seeds.first)} on. A number is the seeds in which the property was violated.`,
    ),
    scrolling(
      'planted bugs by property',
      element(
        'table',
        { class: 'heat kills' },
        element(
          'caption',
          { class: 'unseen' },
          'planted bugs, and the seeds in which each property was violated',
        ),
        element('thead', {}, element('tr', {}, ...heads, ...uprights)),
        element('tbody', {}, ...mutants.map((mutant) => rowOf(mutant, properties))),
      ),
    ),
  );
}

/** As `replay` wants to be told it. */
function firstSeedText({ firstSeed, firstEnvironment }: MutantData): string {
  if (firstSeed === null) return '–';
  return firstEnvironment === null ? grouped(firstSeed) : `${grouped(firstSeed)} in ${firstEnvironment}`;
}

function rowOf(mutant: MutantData, properties: readonly string[]): HTMLElement {
  const { id, title, kills, share, interval } = mutant;
  const [verdict, look] = verdictOf(mutant);
  const between = `${percentText(interval[0])} … ${percentText(interval[1])}`;
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('strong', {}, id), ` ${title}`),
    element('td', { class: look }, verdict),
    element(
      'td',
      { class: 'number', title: `95 %: ${between}` },
      kills === 0 ? `< ${percentText(interval[1])}` : percentText(share),
    ),
    element('td', { class: 'number' }, firstSeedText(mutant)),
    ...properties.map((property) => {
      const count = mutant.properties[property] ?? 0;
      return count === 0
        ? element('td', { class: 'nothing' })
        : element(
            'td',
            {
              class: `full${Math.min(5, String(count).length + 1)}`,
              title: `${id}: ${property} in ${counted(count, 'seed')}`,
            },
            short(count),
          );
    }),
  );
}

/** Colours are a second sign. */
function verdictOf({ isEquivalent, kills, isInterrupted }: MutantData): [string, string] {
  if (kills > 0) return isEquivalent ? ['✗ noticed', 'wrong'] : ['✓', 'right'];
  if (isInterrupted) return ['not known', ''];
  return isEquivalent ? ['✓ equivalent', 'right'] : ['✗ survives', 'wrong'];
}

/** S1, S2, S10, L1. */
function byKind(a: string, b: string): number {
  const key = (property: string): string =>
    `${property.startsWith('S') ? 0 : 1}${property.replace(/\d+/, (digits) => digits.padStart(3, '0'))}`;
  return key(a) < key(b) ? -1 : 1;
}
