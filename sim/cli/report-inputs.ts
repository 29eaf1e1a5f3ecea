// What a report is made of: files and folders, each told by what is in it. Whatever cannot be read is said in one line.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readInput } from '../../src/cli/read-input.ts';
import { CannotGoOn, onOneLine } from '../../src/cli/terminal.ts';
import { checkpointPath, readCheckpoint } from '../campaign/checkpoint.ts';
import { CAMPAIGN_SCHEMA, jsonSummary } from '../campaign/summary.ts';
import { loadRecording, MOST_TRACE_CHARACTERS } from '../explain/load.ts';
import type { Recording } from '../explain/recording.ts';
import { twinIn } from '../report/failure-data.ts';
import type { MutantsData } from '../report/page/data.ts';
import { type CampaignPart, type Read, readCampaign, readMutants } from '../report/summaries.ts';
import { checkScenario } from '../scenario/load.ts';
import { SCENARIO_SCHEMA, type Scenario } from '../scenario/scenario.ts';
import { contextOf } from './campaign-report.ts';

export const MUTANTS_SCHEMA = 'regency-sim/mutants@1';

export type ReportInput =
  | { readonly kind: 'campaign'; readonly campaign: CampaignPart }
  | { readonly kind: 'mutants'; readonly mutants: MutantsData }
  | { readonly kind: 'scenario'; readonly name: string; readonly scenario: Scenario }
  | {
      readonly kind: 'failure';
      readonly name: string;
      readonly signature: string;
      readonly recording: Recording;
      readonly twin: readonly string[] | null;
    };

const MOST_BYTES = 64_000_000;
const MOST_README = 1_000_000;

/** A folder may hold several. */
export async function inputsIn(path: string): Promise<ReportInput[]> {
  if (path === '-' || !existsSync(path) || !statSync(path).isDirectory()) return [await fileInput(path)];
  if (existsSync(join(path, 'scenario.json'))) return [await failureIn(path)];
  const failures = join(path, 'failures');
  const hasFailures = existsSync(failures) && statSync(failures).isDirectory();
  const hasCampaign = existsSync(checkpointPath(path));
  if (!hasFailures && !hasCampaign)
    throw new CannotGoOn(
      `${onOneLine(path)} is no folder of a campaign and none of a failure: expected campaign.json, failures or scenario.json in it`,
    );
  const kept = hasFailures
    ? readdirSync(failures, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && existsSync(join(failures, entry.name, 'scenario.json')))
        .map(({ name }) => name)
        .sort()
    : [];
  const inputs: ReportInput[] = hasCampaign ? [campaignIn(path)] : [];
  for (const name of kept) inputs.push(await failureIn(join(failures, name)));
  return inputs;
}

/** The recorded run of a failure is read, not made again: it may take a planted bug to fail. */
async function failureIn(folder: string): Promise<ReportInput> {
  const path = join(folder, 'scenario.json');
  const scenario = scenarioIn(path, await jsonIn(path));
  const trace = join(folder, 'trace.ndjson');
  if (!existsSync(trace)) return { kind: 'scenario', name: basename(folder), scenario };
  const loaded = loadRecording(await textIn(trace, MOST_TRACE_CHARACTERS), scenario);
  if (!loaded.ok) throw new CannotGoOn(`${onOneLine(trace)} is no recorded run: ${onOneLine(loaded.reason)}`);
  const readme = join(folder, 'README.md');
  const { recording } = loaded;
  return {
    kind: 'failure',
    name: onOneLine(folder),
    signature: basename(folder),
    recording,
    twin: existsSync(readme) ? twinIn(await textIn(readme, MOST_README)) : null,
  };
}

function campaignIn(folder: string): ReportInput {
  const read = readCheckpoint(folder);
  if (!read.ok) throw new CannotGoOn(`the campaign in ${onOneLine(folder)} ${onOneLine(read.reason)}`);
  const checkpoint = read.value;
  const { tally } = checkpoint.state;
  const result = { tally, ending: checkpoint.ending ?? ('interrupted' as const) };
  const summary = jsonSummary(result, contextOf({ ...checkpoint, out: folder }));
  return campaignOf(folder, JSON.parse(JSON.stringify(summary)));
}

async function fileInput(path: string): Promise<ReportInput> {
  const data = await jsonIn(path);
  const schema =
    typeof data === 'object' && data !== null && Object.hasOwn(data, 'schema')
      ? (data as { readonly schema: unknown }).schema
      : undefined;
  switch (schema) {
    case CAMPAIGN_SCHEMA:
      return campaignOf(path, data);
    case MUTANTS_SCHEMA:
      return { kind: 'mutants', mutants: valueIn(path, readMutants(data)) };
    case SCENARIO_SCHEMA:
      return { kind: 'scenario', name: onOneLine(path), scenario: scenarioIn(path, data) };
    default:
      throw new CannotGoOn(
        `${onOneLine(path)} is nothing that a report shows: expected the --json of campaign or mutants, a scenario, or a folder of either, saw ${schema === undefined ? 'no "schema"' : `"schema": ${onOneLine(JSON.stringify(schema)).slice(0, 80)}`}`,
      );
  }
}

function campaignOf(path: string, data: unknown): ReportInput {
  return { kind: 'campaign', campaign: valueIn(path, readCampaign(onOneLine(path), data)) };
}

function valueIn<Value>(path: string, read: Read<Value>): Value {
  if (read.ok) return read.value;
  throw new CannotGoOn(`${onOneLine(path)}: ${onOneLine(read.reason)}`);
}

function scenarioIn(path: string, data: unknown): Scenario {
  const loaded = checkScenario(data);
  if (loaded.ok) return loaded.scenario;
  throw new CannotGoOn(`${onOneLine(path)} is no scenario: ${onOneLine(loaded.reason)}`);
}

async function jsonIn(path: string): Promise<unknown> {
  const text = await textIn(path, MOST_BYTES);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CannotGoOn(`${onOneLine(path)} is not JSON: ${onOneLine((error as Error).message)}`);
  }
}

async function textIn(path: string, most: number): Promise<string> {
  const bytes = await readInput(path, most);
  if (bytes.length > most)
    throw new CannotGoOn(`${onOneLine(path)} is too long: expected at most ${most} bytes`);
  return new TextDecoder().decode(bytes);
}
