/** The walk through what an environment lacks until its jobs run on GitHub: each step looks, asks, and does one thing. */
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import type { Host } from '../host.ts';
import { environmentStep, installStep } from './begin.ts';
import { nameSteps } from './names.ts';
import { placeSteps } from './place.ts';
import { runStep, scheduleStep } from './run.ts';
import { signInSteps, signInsHere } from './sign-in.ts';
import type { Guide, Look, Step, StepName, StepResult } from './step.ts';
import { SetupWorld, type WalkOptions } from './world.ts';

export interface WalkRequest extends WalkOptions {
  /** Everything that needs no person is done without asking. */
  readonly yes: boolean;
  readonly skip: readonly StepName[];
  /** Names of variables of this shell that GitHub is given, whatever it has. */
  readonly store: readonly string[];
  readonly schedule: 'on' | 'off' | undefined;
  /** Start a run though there was one. */
  readonly run: boolean;
  readonly way: 'browser' | 'paste';
}

export interface Walk {
  readonly environment: string;
  readonly results: readonly StepResult[];
  /** Whether the person left, or stopped it. */
  readonly isStopped: boolean;
}

/** What is done stays, whatever comes after. `told` hears of each result as it comes. */
export async function walk(
  host: Host,
  request: WalkRequest,
  guide: Guide,
  told: (result: StepResult) => void,
): Promise<Walk> {
  const world = new SetupWorld(host, request);
  const results: StepResult[] = [];
  const heard = (result: StepResult): void => {
    results.push(result);
    told(result);
  };
  try {
    const isStopped = await walked(world, request, guide, heard);
    return { environment: world.environment.name, results, isStopped };
  } finally {
    await world.close();
  }
}

/** Answers whether the person left, or stopped it. */
async function walked(
  world: SetupWorld,
  request: WalkRequest,
  guide: Guide,
  told: (result: StepResult) => void,
): Promise<boolean> {
  let isDeaf = false;
  for await (const step of stepsIn(world, request)) {
    if (world.host.interrupted.aborted) return true;
    const result: StepResult | undefined = isDeaf ? waiting(step) : await taken(step, request, guide, world.host);
    if (result === undefined) return true;
    isDeaf ||= result.step === 'environment' && result.is === 'failed';
    told(result);
  }
  return world.host.interrupted.aborted;
}

/** Where GitHub does not answer, that is said once. */
const waiting = ({ name: step, what }: Step): StepResult => ({
  ...{ step, what, is: 'open', byHand: [] },
  says: 'waits for GitHub',
});

/** In their order; each is made when those before it are done. */
async function* stepsIn(world: SetupWorld, request: WalkRequest): AsyncGenerator<Step> {
  yield installStep(world);
  const isAway = world.environment.name !== 'local';
  if (isAway) yield environmentStep(world);
  yield* placeSteps(world);
  if (!isAway) return;
  const signIns = await signInsHere(world);
  yield* await nameSteps(world, request.store, signIns);
  yield* signInSteps(world, signIns, request.way);
  yield runStep(world, request.run);
  yield scheduleStep(world, request.schedule);
}

/** Undefined when the person leaves. Whatever a step throws is its result: the others may do without it. */
async function taken(step: Step, request: WalkRequest, guide: Guide, host: Host): Promise<StepResult | undefined> {
  const { name, what } = step;
  const result = (is: StepResult['is'], says: string, byHand: readonly string[] = []): StepResult => {
    return { step: name, what, is, says, byHand };
  };
  if (request.skip.includes(name)) return result('skipped', 'as was said');
  try {
    const look = await step.look();
    const said = await decided(look, request, guide);
    if (said === 'left') return undefined;
    if (said === 'fine') return result('fine', look.says);
    if (said === 'skipped') return result('skipped', look.says, byHandOf(look));
    if (said === 'open') return result('open', openText(look), byHandOf(look));
    return result('done', said.done);
  } catch (thrown) {
    if (host.interrupted.aborted) return undefined;
    return failed(name, what, asTidemillError(thrown));
  }
}

const byHandOf = (look: Look): readonly string[] => (look.is === 'fine' ? [] : look.byHand);

const openText = (look: Look): string => ('asks' in look ? `${look.says}. Would ask: ${look.asks}` : look.says);

function failed(step: StepName, what: string, fault: TidemillError): StepResult {
  const says = fault.hint === undefined ? fault.message : `${fault.message}. ${fault.hint}`;
  return { step, what, is: 'failed', says, byHand: [], fault };
}

type Decided = 'fine' | 'skipped' | 'open' | 'left' | { readonly done: string };

async function decided(look: Look, { yes }: WalkRequest, guide: Guide): Promise<Decided> {
  switch (look.is) {
    case 'fine':
      return 'fine';
    case 'by-hand':
      return 'open';
    case 'input': {
      if (guide.ask === undefined) return 'open';
      guide.say(`${look.says}.\n`);
      const value = await guide.ask[look.typed === 'hidden' ? 'hidden' : 'line'](`${look.asks} `);
      if (value === undefined) return 'left';
      return value === '' ? 'skipped' : { done: await look.take(value) };
    }
    case 'open': {
      if (yes) return said(look, guide);
      if (guide.ask === undefined) return 'open';
      return confirmed(look, guide, guide.ask);
    }
    default:
      return look satisfies never;
  }
}

type Open = Extract<Look, { is: 'open' }>;

/** Yes was said to everything beforehand. */
async function said(look: Open, guide: Guide): Promise<Decided> {
  if (look.unasked === 'no') return 'skipped';
  if (look.unasked === 'person' && guide.ask === undefined) return 'open';
  return { done: await look.act(guide) };
}

async function confirmed(look: Open, guide: Guide, ask: NonNullable<Guide['ask']>): Promise<Decided> {
  guide.say(`${look.says}.\n`);
  const answer = await ask.line(`${look.asks} ${look.byDefault === 'yes' ? '[Y/n]' : '[y/N]'} `);
  if (answer === undefined) return 'left';
  const isYes = answer === '' ? look.byDefault === 'yes' : /^y(es)?$/i.test(answer);
  return isYes ? { done: await look.act(guide) } : 'skipped';
}
