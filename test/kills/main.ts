/**
 * Killed anywhere: kills legs with SIGKILL at everything they do to their bucket and their warehouse, and at random
 * times, runs them again and kills them again until one ends by itself, and looks from outside whether anything is
 * missing or there twice. Then the same with the order of the pipeline broken on purpose, which must be found. And every
 * answer of the store is lost in turn, with an outage and a change by somebody else behind it.
 *
 *   node test/kills/main.ts                                    everything; exit code 1 when a promise was broken
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
import { randomOf } from './random.ts';
import { sabotages, scenarioOf } from './sabotage.ts';
import { prepare, scenarios } from './scenarios.ts';
import { Tally } from './tally.ts';

const LEAST_KILLS = 500;
const LANES = 2;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261121' },
    only: { type: 'string' },
    deaths: { type: 'string' },
    sabotage: { type: 'string' },
  },
});
const seed = Number(options.seed);
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
  await inLanes([...chosen.map((assignment) => () => attack(assignment, tally)), ...lost]);
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
    const { trials, violations } = await loseAnswers(stores[driver], () => make(folder));
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
    ...assignments.map((assignment) => () => attack(assignment, tally)),
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

async function attack(assignment: Assignment, tally: Tally): Promise<void> {
  const campaign = await campaignOf(assignment);
  let [chains, kills] = [0, 0];
  for await (const chain of chainsOf(campaign, assignment)) {
    tally.add(assignment.driver, chain);
    chains += 1;
    kills += chain.deaths.length;
    complain(campaign, chain);
  }
  say(`${nameOf(campaign)}: ${kills} kills in ${chains} chains`);
}

async function* chainsOf(campaign: Campaign, { kills, randomChains }: Assignment): AsyncIterable<Chain> {
  if (options.deaths !== undefined) {
    const deaths = options.deaths.split(',').map(parseDeath);
    yield await runChain(campaign, (killed) => deaths[killed]);
    return;
  }
  const undisturbed = await runChain(campaign, () => undefined);
  yield undisturbed;
  const points = undisturbed.end?.points ?? [];
  if (kills === 'every operation') yield* everyOperation(campaign, points);
  const choose = kills === 'every operation' ? randomTime : randomOperation;
  yield* atRandom(campaign, randomChains, choose(points));
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
  // Up to the first manifest, or what names an open listing, everything is as it should be.
  const first = points.findIndex((label) => /^(manifest|keep: write listing)/.test(label));
  let kills = 0;
  for await (const { deaths, complaints, said } of everyOperation(
    campaign,
    points.slice(first),
    points.slice(0, first),
  )) {
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

async function inLanes(tasks: (() => Promise<void>)[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

await using servers = await startDrivers();
// A process that is killed leaves there what it has written, as it does on a disk: only a machine that dies does not.
const folder = await mkdtemp(join(temporaryRoot(), 'tidemill-kills-'));
await using stores = await startStores(folder);
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await removeFolder(folder);
}
