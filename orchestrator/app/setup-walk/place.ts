/** The places of an environment: whether each can be reached, and how its cloud's own program makes what is missing. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Driver } from '../../drivers/manifest.ts';
import {
  filledIn,
  namesIn,
  type PlaceSetup,
  type PlaceStep,
  placeSetupOf,
  programsOf,
  storedBy,
} from '../../drivers/place-setup.ts';
import { isOfTheMachine } from '../../drivers/use.ts';
import { placesOf, setupParts, withoutPassword } from '../../init/readme.ts';
import { outputOf, type Printed } from '../../run/extract/program.ts';
import { checkEvents } from '../doctor.ts';
import { isOnPath } from '../on-path.ts';
import type { Guide, Look, Step } from './step.ts';
import type { SetupWorld } from './world.ts';

export function placeSteps(world: SetupWorld): Step[] {
  const { environment, config } = world;
  // A word is no place of its own, but one in the bucket.
  const places = placesOf(environment, config).filter(([{ names }, location]) => !names.includes(location));
  return places.map(([driver, location]) => ({
    name: 'place' as const,
    // Who knows where events go may be able to send some.
    what: driver.kind === 'events' ? `events for ${listenerAt(world, location).name}` : withoutPassword(location),
    look: () => lookAt(world, driver, location),
  }));
}

async function lookAt(world: SetupWorld, driver: Driver, location: string): Promise<Look> {
  const fault = await unreachable(world, driver, location);
  const setup = world.environment.name === 'local' ? undefined : placeSetupOf(driver);
  const elsewhere = setup?.unless.find((name) => world.valueOf(name) !== undefined);
  // Of another's store, the names are told as those of any driver are.
  const isStored = setup === undefined || elsewhere !== undefined || (await isSettled(world, setup));
  if (fault === undefined && isStored) return { is: 'fine', says: reachedText(world, driver) };
  const seen = fault === undefined ? 'GitHub’s machines cannot sign in to it yet' : fault;
  const byHand = linesFor(world, driver, location);
  const why = setup === undefined ? 'no program makes it from here' : whyNot(world, setup, elsewhere);
  if (setup === undefined || why !== undefined) {
    return { is: 'by-hand', says: setup === undefined ? seen : `${seen} (${why})`, byHand };
  }
  const programs = programsOf(setup).join(' and ');
  return {
    ...{ is: 'open', byDefault: 'yes', unasked: 'yes', byHand },
    says: seen,
    asks: `Look with ${programs}, and make what is missing?`,
    act: (guide) => make(world, setup, location, guide),
  };
}

/** What is fine on a machine of one's own need not last on GitHub's. */
function reachedText({ environment }: SetupWorld, driver: Driver): string {
  if (!isOfTheMachine(driver) || environment.name === 'local') return 'can be reached from here';
  return `can be reached from here, but lies on the machine that runs: one of GitHub’s is gone after each run, and this with it. Give ${environment.name} another ${driver.kind} for that`;
}

/** Why a place cannot be used from here; undefined where it can. */
async function unreachable(world: SetupWorld, { kind }: Driver, location: string): Promise<string | undefined> {
  try {
    const session = await world.session();
    if (kind === 'bucket') await session.bucket.check();
    if (kind === 'warehouse') await (await warehouseAt(world, location))?.check();
    if (kind === 'events') await checkEvents(session, listenerAt(world, location));
    return undefined;
  } catch (thrown) {
    const { message, hint } = asTidemillError(thrown);
    return hint === undefined ? message : `${message}. ${hint.replace(/\.$/, '')}`;
  }
}

const listenerAt = ({ environment }: SetupWorld, location: string) =>
  environment.events.find(({ to }) => to === location) ?? { name: '', to: location, kinds: [] };

async function warehouseAt(world: SetupWorld, location: string) {
  const [name] = [...world.environment.warehouses].find(([, at]) => at === location) ?? [];
  return name === undefined ? undefined : (await world.session()).warehouses.get(name)?.();
}

/** Whether GitHub has all that lets its machines in, or what does as well. */
async function isSettled(world: SetupWorld, setup: PlaceSetup): Promise<boolean> {
  const has = async (names: readonly string[]): Promise<boolean[]> => Promise.all(names.map((name) => world.has(name)));
  return (await has(setup.instead)).includes(true) || !(await has(storedBy(setup))).includes(false);
}

function whyNot(world: SetupWorld, setup: PlaceSetup, elsewhere: string | undefined): string | undefined {
  if (elsewhere !== undefined) return `${elsewhere} says that it is elsewhere`;
  const missing = programsOf(setup).find((program) => !isOnPath(world.host, program));
  return missing === undefined ? undefined : `${missing} is not installed here, which could make it`;
}

/** What the README of a new repository says of the place: lines for a shell, and what to know of them. */
function linesFor({ environment }: SetupWorld, driver: Driver, location: string): string[] {
  const text = setupParts(driver, location, environment.name).join('\n\n');
  return text.split('\n').filter((line) => !line.startsWith('```'));
}

/** Each step looks first. What it made stays; it is at its end before anything else can end it. */
async function make(world: SetupWorld, setup: PlaceSetup, location: string, guide: Guide): Promise<string> {
  await world.checkEnvironment();
  const maker = new Maker(world, setup, await valuesFor(world, setup, location), guide);
  const made: string[] = [];
  for (const step of setup.steps) {
    world.host.interrupted.throwIfAborted();
    made.push(...(await maker.take(step)));
  }
  for (const [name, text] of Object.entries(setup.variables)) {
    world.host.interrupted.throwIfAborted();
    if (await world.has(name)) continue;
    await world.putVariable(name, maker.filled(text));
    made.push(`the variable ${name}`);
  }
  return made.length === 0 ? 'all of it was there' : `made: ${made.join(', ')}`;
}

async function valuesFor(world: SetupWorld, { names }: PlaceSetup, location: string): Promise<Record<string, string>> {
  const { name } = world.environment;
  const { id, name: repository } = await (await world.settings()).repository();
  return {
    ...names,
    ...namesIn(location),
    ...{ location, environment: name },
    slug: name.replaceAll('_', '-'),
    ...{ REPOSITORY: repository, REPOSITORY_ID: String(id) },
  };
}

/** What a cloud has made just now is known to all its machines a minute later. */
const WAITS_MS = [2000, 4000, 8000, 16_000, 30_000];

type Keep = Extract<PlaceStep, { keep: string[] }>;

class Maker {
  readonly #world: SetupWorld;
  readonly #setup: PlaceSetup;
  readonly #values: Record<string, string>;
  readonly #guide: Guide;
  #hasMade = false;

  constructor(world: SetupWorld, setup: PlaceSetup, values: Record<string, string>, guide: Guide) {
    this.#world = world;
    this.#setup = setup;
    this.#values = values;
    this.#guide = guide;
  }

  filled(text: string): string {
    return filledIn(text, this.#values);
  }

  /** Answers what was made. */
  async take(step: PlaceStep): Promise<string[]> {
    if ('get' in step) {
      const { code, out, error } = await this.#run(step.run);
      const value = out.trim();
      if (error !== undefined) throw refused(this.#text(step.run), error.message);
      // Nothing that is asked for has a blank in it: what has is a warning, or an answer to something else.
      if (code !== 0 || !/^\S+$/.test(value)) throw refused(this.#text(step.run), step.hint);
      this.#values[step.get] = value;
      return [];
    }
    const what = this.filled(step.what);
    if ('keep' in step) return this.#keep(step, what);
    if (step.look !== undefined && (await this.#isThere(step.look, step.is))) return [];
    await this.#made(what, step.make);
    if (step.look === undefined) return [];
    this.#hasMade = true;
    return [what];
  }

  /** Answers what it printed. */
  async #made(what: string, make: readonly string[]): Promise<string> {
    this.#guide.say(`  ${what}: ${this.#text(make)}\n`);
    for (const wait of [...WAITS_MS, undefined]) {
      const ending = await this.#run(make);
      if (ending.code === 0) return ending.out;
      const isUnseen = this.#hasMade && this.#setup.unseen.some((words) => ending.err.includes(words));
      if (!isUnseen || wait === undefined) throw refused(this.#text(make), lastWords(ending));
      const { clock, interrupted } = this.#world.host;
      await clock.sleep(wait, interrupted);
    }
    throw new Error('unreachable');
  }

  async #isThere(look: readonly string[], is: string | undefined): Promise<boolean> {
    const { code, out } = await this.#run(look);
    return code === 0 && (is === undefined ? out.trim() !== '' : out.trim() === is);
  }

  /** What a cloud shows once is stored or taken back: nothing of it is left where nobody has it. */
  async #keep(step: Keep, what: string): Promise<string[]> {
    const has = await Promise.all(step.keep.map((name) => this.#world.has(name)));
    if (!has.includes(false)) return [];
    // Before there is anything to lose.
    await this.#world.secrets();
    // A warning may come before them.
    const words = lastLine(await this.#made(what, step.make)).split(/\s+/);
    if (words.length !== step.keep.length) {
      throw refused(
        this.#text(step.make),
        `It printed something else. If it has made ${what}, take that away: nobody has it.`,
      );
    }
    try {
      for (const [index, name] of step.keep.entries()) await this.#world.putSecret(name, words[index] ?? '');
    } catch (thrown) {
      await this.#takeBack(step, words[0] ?? '', what);
      throw thrown;
    }
    return [what];
  }

  async #takeBack({ keep: [first = ''], undo }: Keep, id: string, what: string): Promise<void> {
    const command = undo.map((word) => filledIn(word, { ...this.#values, [first]: id }));
    const { code } = await this.#run(command, 'as it is');
    if (code !== 0)
      this.#guide.say(`  ${what} is still there, and nobody has it. Take it away: ${command.join(' ')}\n`);
  }

  async #run(words: readonly string[], written?: 'as it is') {
    const { host } = this.#world;
    const command = written === undefined ? words.map((word) => this.filled(word)) : words;
    const env = { ...(await this.#world.envOfPrograms()), ...this.#setup.env };
    return outputOf({ command, cwd: host.cwd, env });
  }

  #text(words: readonly string[]): string {
    return words.map((word) => this.filled(word).replaceAll(/\s*\n\s*/g, ' ')).join(' ');
  }
}

/** Why it did not do it, in its own words. */
const lastWords = ({ err, error }: Printed): string => error?.message ?? lastLine(err);

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

function refused(command: string, said: string): TidemillError {
  return new TidemillError('config', 'place-command', `${command} did not do it`, {
    hint: said === '' ? 'Run it yourself: it may say why.' : said,
  });
}
