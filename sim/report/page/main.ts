// The page draws itself from the data in it. Sections that nothing was given for are not there.

import { coverageSection } from './coverage.ts';
import type { CampaignData, PageData, TimesData } from './data.ts';
import { element } from './element.ts';
import { failuresSection } from './failures.ts';
import { killsSection } from './kills.ts';
import { headOf } from './summary.ts';
import { timesSection } from './times.ts';
import { trendsSection } from './trends.ts';

const data = JSON.parse(document.getElementById('data')!.textContent ?? '') as PageData;
const campaign = data.campaigns.at(-1);

const sections = [
  failuresSection(campaign, data.failures),
  campaign === undefined ? null : coverageSection(campaign),
  campaign === undefined || !hasTimes(campaign) ? null : timesSection(campaign.times),
  data.mutants === null ? null : killsSection(data.mutants),
  data.campaigns.length < 2 ? null : trendsSection(data.campaigns),
].filter((each) => each !== null);

const links = sections.map((each) =>
  element('a', { href: `#${each.id}` }, each.querySelector('h2')!.textContent.toLowerCase()),
);

const main = element('main', { id: 'main' }, headOf(data), ...sections);
document.body.append(
  element('a', { href: '#main', class: 'skip' }, 'to the report'),
  element('nav', { 'aria-label': 'sections' }, ...links),
  main,
);

function hasTimes(
  one: CampaignData,
): one is CampaignData & { readonly times: Readonly<Record<string, TimesData>> } {
  return Object.values(one.times ?? {}).some(({ count }) => count > 0);
}
