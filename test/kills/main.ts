/**
 * Killed anywhere: kills legs with SIGKILL at every kind of thing they do to their bucket and their warehouse, and at random
 * times, runs them again and kills them again until one ends by itself, and looks from outside whether anything is
 * missing or there twice. Then the same with the order of the pipeline broken on purpose, which must be found. And
 * answers of the store are lost, with an outage and a change by somebody else behind each.
 *
 *   node test/kills/main.ts                                    everything; exit code 1 when a promise was broken
 *   node test/kills/main.ts --thorough                         at each operation of each scenario, and each answer lost
 *   node test/kills/main.ts --seed 7                           other random kills
 *   node test/kills/main.ts --only local/orders                one driver and scenario
 *   node test/kills/main.ts --only local/orders --deaths 12,7+30   one chain: at point 12, then 30 ms after point 7
 *   node test/kills/main.ts --only lost/gs                     lost answers alone, here of one driver
 *   node test/kills/main.ts --sabotage 'a write is not atomic'   broken on purpose: must report a violation
 */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryRoot } from '../temporary-folder.ts';
import { type Assignment, assignments } from './assignments.ts';
import { bundleLeg } from './bundled-leg.ts';
import {
  atRandom,
  type Campaign,
  type Chain,
  everyOperation,
  randomOperation,
  randomTime,
  removeFolder,
  runChain,
} from './campaign.ts';
import { parseDeath } from './chain.ts';
import { loseAnswers, scenarios as lostScenarios, type NewScenario } from './lost-answers.ts';
import { startStores } from './lost-stores.ts';
import { type DriverName, drivers, startDrivers } from './places.ts';
import { kindOf } from './points.ts';
import { randomOf } from './random.ts';
import { isWrongFrom, sabotages, scenarioOf } from './sabotage.ts';
import { prepare, scenarios } from './scenarios.ts';
import { sparedBy } from './shares.ts';
import { Tally } from './tally.ts';

const LEAST_KILLS = 500;
const LANES = 2;
/**
 * Of what can be lost it is every so manieth. With 3, each write meets some of the eight ways, and each way some of the writes: the
 * drivers differ in how they try again, and the run that is told of it is the same.
 */
const EVERY = { local: 1, gs: 3, s3: 3 } as const;
/** How many times more chains are killed at random where somebody has the time for it. */
const THOROUGHNESS = 4;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261121' },
    only: { type: 'string' },
    deaths: { type: 'string' },
    thorough: { type: 'boolean', default: false },
    sabotage: { type: 'string' },
  },
});
const seed = Number(options.seed);
const telling = options.thorough ? (label: string): string => label : kindOf;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Whether everything is as it must be. */
async function run(): Promise<boolean> {
  if (options.sabotage !== undefined) return (await findSabotage(options.sabotage)) === 'not found';
  const tally = new Tally();
  if (options.only === undefined) return attackAll(tally);
  const isChosen = (name: string): boolean => name.startsWith(`${options.only}`);
  const chosen = assignments.filter(({ driver, scenario }) => isChosen(`${driver}/${scenario}`));
  const lost = lostTasks(tally, isChosen);
  if (chosen.length + lost.length === 0) throw new Error(`nothing is called ${options.only}`);
  await inLanes([...(await attacks(chosen, tally)), ...lost]);
  console.log(`${tally.table}\nseed: ${seed}\nviolations: ${tally.violations}\nkills: ${tally.kills}`);
  return tally.violations === 0;
}

/** One for each driver whose answers are lost: its store has one weather at a time. */
function lostTasks(tally: Tally, isChosen: (name: string) => boolean = () => true): (() => Promise<void>)[] {
  return drivers.flatMap((driver) => {
    const chosen = Object.entries(lostScenarios).filter(([name]) => isChosen(`lost/${driver}/${name}`));
    return chosen.length === 0 ? [] : [() => lose(driver, chosen, tally)];
  });
}

async function lose(driver: DriverName, chosen: readonly (readonly [string, NewScenario])[], tally: Tally) {
  for (const [scenario, make] of chosen) {
    const name = `lost/${driver}/${scenario}`;
    const { trials, violations } = await loseAnswers(
      stores[driver],
      () => make(folder),
      options.thorough ? 1 : EVERY[driver],
    );
    tally.violations += violations.length;
    say(`${name}: ${trials} trials`);
    for (const { loss, complaints } of violations) say(`VIOLATION ${name} ${JSON.stringify(loss)}: ${complaints[0]}`);
  }
}

async function attackAll(tally: Tally): Promise<boolean> {
  const started = performance.now();
  const missed: string[] = [];
  const names = Object.keys(sabotages);
  await inLanes([
    ...(await attacks(assignments, tally)),
    ...lostTasks(tally),
    ...names.map((name) => async () => {
      if ((await findSabotage(name)) === 'not found') missed.push(name);
    }),
  ]);
  const { spared, violations, kills } = tally;
  console.log(`${tally.table}\nseed: ${seed}\nseconds: ${Math.round((performance.now() - started) / 1000)}`);
  for (const stage of spared) console.log(`nothing was killed at: ${stage}`);
  for (const name of missed) console.log(`sabotage not found: ${name}`);
  if (kills < LEAST_KILLS) console.log(`fewer than ${LEAST_KILLS} kills`);
  console.log(`sabotages found: ${names.length - missed.length} of ${names.length}\nviolations: ${violations}`);
  console.log(`kills: ${kills}`);
  return violations + missed.length + spared.length === 0 && kills >= LEAST_KILLS;
}

interface Attack {
  readonly assignment: Assignment;
  readonly campaign: Campaign;
  /** Labels of what it meets undisturbed. */
  readonly labels: readonly string[];
}

/** Runs each of them undisturbed, which shows what it can be killed at; answers the tasks of killing them. */
async function attacks(chosen: readonly Assignment[], tally: Tally): Promise<(() => Promise<void>)[]> {
  if (options.deaths !== undefined) return chosen.map((assignment) => () => repeat(assignment, tally));
  const begun = await inLanes(chosen.map((assignment) => () => begin(assignment, tally)));
  const swept = begun.filter(({ assignment }) => assignment.kills === 'every operation');
  const spared = options.thorough ? [] : sparedBy(swept.map(({ campaign, labels }) => ({ ...campaign, labels })));
  return begun.map((one) => () => attack(one, spared[swept.indexOf(one)] ?? [], tally));
}

async function begin(assignment: Assignment, tally: Tally): Promise<Attack> {
  const campaign = await campaignOf(assignment);
  const undisturbed = await runChain(campaign, () => undefined);
  judge(campaign, undisturbed, tally);
  return { assignment, campaign, labels: undisturbed.end?.points ?? [] };
}

async function attack(one: Attack, spared: readonly string[], tally: Tally): Promise<void> {
  const { campaign } = one;
  let [chains, kills] = [0, 0];
  for await (const chain of chainsOf(one, spared)) {
    judge(campaign, chain, tally);
    chains += 1;
    kills += chain.deaths.length;
  }
  say(`${nameOf(campaign)}: ${kills} kills in ${chains} chains`);
}

async function* chainsOf(
  { assignment: { kills, randomChains }, campaign, labels }: Attack,
  spared: readonly string[],
): AsyncIterable<Chain> {
  if (kills === 'every operation') yield* everyOperation(campaign, labels, { spared, telling });
  const choose = kills === 'every operation' ? randomTime : randomOperation;
  const chains = options.thorough ? randomChains : Math.ceil(randomChains / THOROUGHNESS);
  yield* atRandom(campaign, chains, choose(labels));
}

/** The one chain that was asked for. */
async function repeat(assignment: Assignment, tally: Tally): Promise<void> {
  const campaign = await campaignOf(assignment);
  const deaths = `${options.deaths}`.split(',').map(parseDeath);
  judge(campaign, await runChain(campaign, (killed) => deaths[killed]), tally);
}

function judge(campaign: Campaign, chain: Chain, tally: Tally): void {
  tally.add(campaign.driver.name, chain);
  complain(campaign, chain);
}

/** Whether a pipeline that is broken in this way is seen to be. */
async function findSabotage(sabotage: string): Promise<'found' | 'not found'> {
  if (!Object.hasOwn(sabotages, sabotage)) throw new Error(`no sabotage is called "${sabotage}"`);
  const { [sabotage]: scenario = 'clicks' } = scenarioOf;
  const assignment = { driver: 'local', scenario } as const;
  const campaign = { ...(await campaignOf(assignment, sabotage)), sabotage };
  const { end, complaints: early } = await runChain(campaign, () => undefined);
  if (early.length > 0) throw new Error(`"${sabotage}" shows although nobody was killed: ${early.join('; ')}`);
  const points = end?.points ?? [];
  const first = points.findIndex((label) => isWrongFrom(sabotage).test(label));
  let kills = 0;
  const spared = points.slice(0, first);
  for await (const { deaths, complaints, said } of everyOperation(campaign, points.slice(first), { spared, telling })) {
    kills += deaths.length;
    if (complaints.length === 0) continue;
    say(`"${sabotage}": found after ${kills} kills (--deaths ${said.join(',')}): ${complaints[0]}`);
    return 'found';
  }
  return 'not found';
}

async function campaignOf(names: Pick<Assignment, 'driver' | 'scenario'>, purpose = ''): Promise<Campaign> {
  const driver = servers[names.driver];
  const scenario = scenarios.find(({ name }) => name === names.scenario);
  if (scenario === undefined) throw new Error(`no scenario is called ${names.scenario}`);
  const random = randomOf(seed, [driver.name, scenario.name, purpose].join(' '));
  const start = await prepare(servers.local, join(folder, `start-${random.name()}`), scenario);
  return { driver, scenario, start, folder, random };
}

const nameOf = ({ driver, scenario }: Campaign): string => `${driver.name}/${scenario.name}`;

function complain(campaign: Campaign, { complaints, said, deaths }: Chain): void {
  if (complaints.length === 0) return;
  const name = nameOf(campaign);
  say(`VIOLATION ${name}, killed ${deaths.map(({ where }) => `at "${where}"`).join(', ') || 'nowhere'} (seed ${seed})`);
  for (const complaint of complaints.slice(0, 10)) say(`  ${complaint}`);
  say(`  node test/kills/main.ts --only ${name}${said.length === 0 ? '' : ` --deaths ${said.join(',')}`}`);
}

/** Does all of them, so many at a time, and answers what they answer, in their order. */
async function inLanes<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const left = [...tasks.entries()];
  const done: T[] = [];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) done[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return done;
}

await using leg = await bundleLeg();
await using servers = await startDrivers(leg);
// A process that is killed leaves there what it has written, as it does on a disk: only a machine that dies does not.
const folder = await mkdtemp(join(temporaryRoot(), 'tidemill-kills-'));
await using stores = await startStores(folder);
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await removeFolder(folder);
}
