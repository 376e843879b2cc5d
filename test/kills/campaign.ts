/** The chains of one scenario on one driver: every operation in turn, then random ones, each chain judged at its end. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deathText, type Ended, type Fate, runLeg } from './chain.ts';
import { shapes } from './dataset.ts';
import type { Death } from './leg.ts';
import { type Driver, newPlace, type Place, removePlace } from './places.ts';
import { COMMITS, stageOf } from './points.ts';
import type { Random } from './random.ts';
import { at, type Scenario, truthOf } from './scenarios.ts';
import { ASKED, slots } from './source.ts';
import { stateKey, textAt, verdictOn } from './verdict.ts';

export interface Campaign {
  readonly driver: Driver;
  readonly scenario: Scenario;
  /** How things stand before each chain. */
  readonly start: Place;
  readonly sabotage?: string;
  /** Every folder of a chain lies in it. */
  readonly folder: string;
  readonly random: Random;
}

export interface Chain {
  readonly deaths: readonly Extract<Fate, { killed: true }>[];
  /** As `--only` takes them. */
  readonly said: readonly string[];
  readonly complaints: readonly string[];
  readonly end: Ended | undefined;
}

/** More than any chain that is kept alive: one that needs more does not end. */
const MOST_KILLS_A_CHAIN = 8;

/** Which operations are told apart: by their labels, or by their kinds. */
export type Telling = (label: string) => string;

/**
 * Kills at every operation of an undisturbed run in turn, whose labels are given, and on the way at those that only a
 * resumed run has: each leg dies at the first operation that none died at before and that is not to be spared.
 */
export async function* everyOperation(
  campaign: Campaign,
  labels: readonly string[],
  { spared, telling }: { readonly spared: readonly string[]; readonly telling: Telling },
): AsyncIterable<Chain> {
  const done = new Set(spared);
  const left = new Set(labels.map(telling).filter((one) => !done.has(one)));
  while (left.size > 0) {
    const chain = await runChain(
      campaign,
      (kills) => (kills < MOST_KILLS_A_CHAIN ? { unlike: [...done] } : undefined),
      (label) => {
        left.delete(telling(label));
        done.add(telling(label));
      },
    );
    yield chain;
    if (chain.deaths.length === 0) return;
  }
}

/** The how many-th chain, and how many kills it has had: both from 0. */
interface Turn {
  readonly chain: number;
  readonly kills: number;
}

/** Kills at random operations or random times, whichever the choice makes of a run with so many points. */
export async function* atRandom(
  campaign: Campaign,
  chains: number,
  choose: (random: Random, turn: Turn) => Death,
): AsyncIterable<Chain> {
  const { random } = campaign;
  for (let chain = 0; chain < chains; chain += 1) {
    const most = 2 + random.below(MOST_KILLS_A_CHAIN - 1);
    yield await runChain(campaign, (kills) => (kills < most ? choose(random, { chain, kills }) : undefined));
  }
}

/** Any operation; the first of each chain is of another stage, so that none is left out by chance. */
export function randomOperation(labels: readonly string[]): (random: Random, turn: Turn) => Death {
  const stages = [...new Set(labels.map(stageOf))];
  return (random, { chain, kills }) => {
    const stage = kills === 0 ? stages[chain % stages.length] : undefined;
    const points = labels.flatMap((label, index) =>
      stage === undefined || stageOf(label) === stage ? [index + 1] : [],
    );
    return { at: points[random.below(points.length)] ?? 1 };
  };
}

/**
 * A time from the start of the run or from one of its points, so that what is short is hit as well as what is long. One
 * in three aims at the warehouse's own commit, which has no points inside.
 */
export function randomTime(labels: readonly string[]): (random: Random) => Death {
  const commits = labels.flatMap((label, index) => (label.includes(COMMITS) ? [index + 1] : []));
  return (random) => {
    const commit = commits[random.below(3 * commits.length)];
    if (commit !== undefined) return { from: commit, afterMs: random.below(12) };
    return { from: random.below(labels.length), afterMs: random.below(40) };
  };
}

/** Runs the leg again and again, with the death chosen for as many kills as there were, until it ends; then judges. */
export async function runChain(
  campaign: Campaign,
  deathAfter: (kills: number) => Death | undefined,
  onKill: (label: string) => void = () => undefined,
): Promise<Chain> {
  const { driver, folder, scenario, start } = campaign;
  const place = await newPlace(driver, join(folder, `chain-${campaign.random.name()}`), scenario, start);
  try {
    const deaths: Chain['deaths'][number][] = [];
    const said: string[] = [];
    for (;;) {
      const death = deathAfter(deaths.length);
      const now = nowAfter(driver, deaths.length);
      const fate = await legOf(campaign, place, now, death);
      if (!fate.killed) {
        const complaints = [
          ...(await judge(campaign, place, fate, now)),
          ...(await asked(campaign, place, deaths.length)),
        ];
        return { deaths, said, end: fate, complaints };
      }
      deaths.push(fate);
      said.push(deathText(fate.number > 0 ? { at: fate.number } : (death ?? { at: 0 })));
      onKill(fate.where);
      if (deaths.length === 1) {
        const complaints = await heldBack(campaign, place, now);
        if (complaints.length > 0) return { deaths, said, complaints, end: undefined };
      }
    }
  } finally {
    await removePlace(place);
  }
}

/** On one machine the next run may follow at once; on a fleet it must wait for the lease of the dead one. */
const LEASE_MINUTES = 30;
const nowAfter = ({ claims }: Driver, kills: number): string =>
  at(2, 10 + (claims === 'lease' ? kills * LEASE_MINUTES : 0));

function legOf({ scenario, sabotage }: Campaign, place: Place, now: string, death?: Death): Promise<Fate> {
  return runLeg(place, {
    job: scenario.type,
    slot: slots[2],
    now,
    ...(death === undefined ? {} : { death }),
    ...(sabotage === undefined ? {} : { sabotage }),
  });
}

/** Where only the lease tells who lives, a run that does not wait for it changes nothing. */
async function heldBack(campaign: Campaign, place: Place, now: string): Promise<string[]> {
  if (campaign.driver.claims !== 'lease') return [];
  const key = stateKey(campaign.scenario.type);
  const before = await textAt(place.bucket, key);
  if (!before.includes(`"slot": "${slots[2]}"`)) return [];
  const fate = await legOf(campaign, place, now);
  const isSame = (await textAt(place.bucket, key)) === before;
  if (isSame && !fate.killed && fate.exit === 0 && fate.result === 'covered') return [];
  return ['a run within the lease of a dead one was not held back'];
}

async function judge({ scenario }: Campaign, place: Place, end: Ended, now: string): Promise<string[]> {
  if (end.exit !== 0) return [`the run that nobody killed ended with ${end.exit}: ${end.result}, ${end.why}`];
  const cannot = (error: unknown): string[] => [`what is left cannot be read: ${error}`];
  const complaints = await verdictOn(place, truthOf(scenario, now)).catch(cannot);
  return complaints.length > 0 && end.result === 'covered' ? [`no run went on: ${end.why}`, ...complaints] : complaints;
}

/** Each death costs so many pages at most. */
async function asked({ scenario: { type } }: Campaign, { folder }: Place, deaths: number): Promise<string[]> {
  const { pages, again } = shapes[type];
  if (again === undefined) return [];
  const asked = (await readFile(join(folder, ASKED), 'utf8')).trim().split('\n').length;
  const most = pages[2] + deaths * again;
  return asked <= most ? [] : [`${asked} pages were asked for, of ${pages[2]}, with ${deaths} deaths`];
}

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });
