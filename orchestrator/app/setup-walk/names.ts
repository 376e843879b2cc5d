/** Secrets and variables that the jobs of an environment read: which GitHub lacks, and where each value comes from. */
import { dirname } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { neededBy, PREVIOUS_STATE_KEY, STATE_KEY } from '@tidemill/kit/credentials';
import type { Declaration } from '@tidemill/kit/manifest';
import type { Service } from '../../config/job.ts';
import { isOfTheMachine } from '../../config/owned-variables.ts';
import { newStateKey, stateKeys } from '../../credentials/state-key.ts';
import { tokensKeyId } from '../../credentials/token-store.ts';
import { driversUsed } from '../../drivers/use.ts';
import { declaredBy } from '../../run/extract/connector-package.ts';
import { hasShortLine } from '../doctor.ts';
import { jobsHere, readmeOf } from '../missing-credentials.ts';
import type { SignIn } from './sign-in.ts';
import type { Look, Step } from './step.ts';
import type { SetupWorld } from './world.ts';

interface Wanted {
  readonly name: string;
  readonly isSecret: boolean;
  readonly description: string;
  /** Who reads it. */
  readonly by: string;
  /** `offered`: nothing needs it, and this shell has it; it may be this person's own. */
  readonly need: 'required' | 'offered';
}

/** `store`: names whose values of this shell GitHub is given, whatever it has. */
export async function nameSteps(
  world: SetupWorld,
  store: readonly string[],
  signIns: readonly SignIn[],
): Promise<Step[]> {
  const declared = await declarationsHere(world);
  const results = new Set(signIns.map(({ result }) => result));
  const wanted = [...wantedByDrivers(world), ...(await wantedByJobs(world, declared))];
  const once = [...Map.groupBy(wanted, ({ name }) => name).values()].flatMap(([first]) => first ?? []);
  const asked = once.filter(({ name }) => !store.includes(name) && !results.has(name) && isKept(name));
  const rotating = declared.filter(([, { rotation }]) => rotation !== 'never').map(([service]) => service);
  return [
    ...store.map((name) =>
      step(name, () =>
        lookStored(
          world,
          name,
          once.find((one) => one.name === name),
        ),
      ),
    ),
    ...asked.map((one) => step(one.name, () => lookAt(world, one))),
    ...(rotating.length === 0 || store.includes(STATE_KEY)
      ? []
      : [
          step(STATE_KEY, () =>
            lookAtKey(
              world,
              rotating.map(({ name }) => name),
            ),
          ),
        ]),
  ];
}

const step = (what: string, look: () => Promise<Look>): Step => ({ name: 'secrets', what, look });

/** What every machine has is no secret of anybody's, and GitHub keeps names of its own to itself. */
const isKept = (name: string): boolean => !isOfTheMachine(name) && !/^GITHUB_/i.test(name) && name !== STATE_KEY;

/** What the connectors say of themselves that jobs here use. One that is not installed says nothing. */
async function declarationsHere({ config, environment }: SetupWorld): Promise<[Service, Declaration][]> {
  const jobs = jobsHere(config, environment.name).filter(({ command }) => command === undefined);
  const used = [...config.services.values()].filter(({ name }) => jobs.some(({ service }) => service === name));
  const found = used.map(async (service): Promise<[Service, Declaration][]> => {
    return declaredBy(service, dirname(config.file)).then(
      (declaration) => [[service, declaration]],
      () => [],
    );
  });
  return (await Promise.all(found)).flat();
}

function wantedByDrivers({ config, environment }: SetupWorld): Wanted[] {
  return driversUsed(config.drivers, environment).flatMap(({ description: by, credentials, settings }) => [
    ...credentials.map(({ name, description, optional, secret }): Wanted => {
      return { ...{ name, description, by, isSecret: secret !== false }, need: optional ? 'offered' : 'required' };
    }),
    ...settings
      .filter(({ use }) => use !== 'here')
      .map(({ name, description }): Wanted => ({ ...{ name, description, by, isSecret: false }, need: 'offered' })),
  ]);
}

async function wantedByJobs({ config, environment, host }: SetupWorld, declared: [Service, Declaration][]) {
  const ofConnectors = await Promise.all(
    declared.map(async ([service, declaration]): Promise<Wanted[]> => {
      const page = await readmeOf(service, config, host);
      const needed = neededBy(declaration);
      return declaration.credentials
        .filter(({ name }) => needed.includes(name))
        .map(({ name, description, secret }) => {
          const told = [description, ...(page === undefined ? [] : [`see ${page}`])].filter((text) => text !== '');
          const words = { name, description: told.join('; '), by: service.name };
          return { ...words, isSecret: secret !== false, need: 'required' };
        });
    }),
  );
  const ofPrograms = jobsHere(config, environment.name).flatMap(({ id, dependencies }) =>
    dependencies.map((name): Wanted => ({ name, description: '', by: id, isSecret: true, need: 'required' })),
  );
  return [...ofConnectors.flat(), ...ofPrograms];
}

async function lookAt(world: SetupWorld, wanted: Wanted): Promise<Look> {
  const { name, isSecret, description, by, need } = wanted;
  const { environment } = world;
  if (await world.has(name)) return { is: 'fine', says: 'GitHub has it' };
  const value = world.valueOf(name);
  if (value === undefined && need === 'offered') return { is: 'fine', says: `not set, and not needed by ${by}` };
  const word = isSecret ? 'secret' : 'variable';
  const byHand = [`gh ${word} set ${name} --env ${environment.name}`];
  const what = description === '' ? `${by} reads it` : `${by} reads it: ${description.replace(/\.$/, '')}`;
  if (value !== undefined) {
    const isOwn = need === 'offered' && isSecret;
    return {
      ...{ is: 'open', byHand, byDefault: isOwn ? 'no' : 'yes', unasked: isOwn ? 'no' : 'yes' },
      says: `${name} is not at GitHub; this shell has it. ${what}`,
      asks: `Store it as a ${word} of ${environment.name}?`,
      act: () => stored(world, name, value, isSecret),
    };
  }
  return {
    ...{ is: 'input', byHand, typed: isSecret ? 'hidden' : 'shown' },
    says: `${name} is neither at GitHub nor set in this shell. ${what}`,
    asks: isSecret ? 'Its value (what you type is not shown; empty: later):' : 'Its value (empty: later):',
    async take(typed) {
      world.remember(name, typed);
      return stored(world, name, typed, isSecret);
    },
  };
}

/** Somebody named it: that is a yes, also to replacing what is there. */
async function lookStored(world: SetupWorld, name: string, known: Wanted | undefined): Promise<Look> {
  const value = world.valueOf(name);
  const isSecret = known?.isSecret ?? true;
  if (value === undefined) return { is: 'by-hand', says: `${name} is not set in this shell`, byHand: [] };
  const word = isSecret ? 'secret' : 'variable';
  return {
    ...{ is: 'open', byHand: [`gh ${word} set ${name} --env ${world.environment.name}`] },
    ...{ byDefault: 'yes', unasked: 'yes' },
    says: `${name} of this shell is to be at GitHub`,
    asks: `Store it as a ${word} of ${world.environment.name}, over what may be there?`,
    act: () => stored(world, name, value, isSecret),
  };
}

async function stored(world: SetupWorld, name: string, value: string, isSecret: boolean): Promise<string> {
  await world.checkEnvironment();
  if (isSecret && hasShortLine(value)) {
    const message = `${name}, or a line of it, is so short that GitHub would hide it everywhere, and what a plan hands on with it`;
    throw new TidemillError('config', 'secret-short', message, {
      hint: `If it is no secret: gh variable set ${name} --env ${world.environment.name}. A file goes into one line: base64 -w0 FILE`,
    });
  }
  world.host.interrupted.throwIfAborted();
  await (isSecret ? world.putSecret(name, value) : world.putVariable(name, value));
  return `stored as a ${isSecret ? 'secret' : 'variable'} of ${world.environment.name}`;
}

/** Another key than the one that tokens were encrypted with would cost them: one is made only where there are none. */
async function lookAtKey(world: SetupWorld, services: readonly string[]): Promise<Look> {
  if (await world.has(STATE_KEY)) return { is: 'fine', says: 'GitHub has it' };
  const { name } = world.environment;
  const value = world.valueOf(STATE_KEY);
  const what = `${STATE_KEY}, which encrypts the refresh tokens of ${services.join(', ')}, is not at GitHub`;
  const keysThere = await keysOfTokens(world, services);
  const byHand = [`openssl rand -base64 32 | gh secret set ${STATE_KEY} --env ${name}`];
  if (value !== undefined) {
    return {
      ...{ is: 'open', byDefault: 'yes', unasked: 'yes', byHand },
      says: `${what}; this shell has one`,
      asks: `Store it as a secret of ${name}?`,
      act: () => storedKey(world, value, keysThere),
    };
  }
  if (keysThere.size > 0) {
    return {
      ...{ is: 'input', typed: 'hidden', byHand: [`gh secret set ${STATE_KEY} --env ${name}`] },
      says: `${what}, and the bucket has tokens of ${[...keysThere.keys()].join(', ')} that were encrypted with one`,
      asks: 'That key (what you type is not shown; empty: later):',
      take: (typed) => storedKey(world, typed, keysThere),
    };
  }
  return {
    ...{ is: 'open', byDefault: 'yes', unasked: 'yes', byHand },
    says: what,
    asks: 'Make one, and store it there alone?',
    act: async () => `made, and ${await stored(world, STATE_KEY, newStateKey(), true)}`,
  };
}

/** Throws kind `config` for one that no run would take, or that does not open the tokens that are there. */
async function storedKey(world: SetupWorld, value: string, keysThere: ReadonlyMap<string, string>): Promise<string> {
  const [newest] = (await stateKeys({ [STATE_KEY]: value })) ?? [];
  const closed = [...keysThere].filter(([, id]) => id !== newest?.id).map(([service]) => service);
  if (closed.length > 0 && world.valueOf(PREVIOUS_STATE_KEY) === undefined) {
    const message = `This ${STATE_KEY} does not open the tokens of ${closed.join(', ')} in the bucket`;
    throw new TidemillError('config', 'state-key-other', message, {
      hint: `Set the one they were encrypted with; or the new one, and the old one as ${PREVIOUS_STATE_KEY}.`,
    });
  }
  return stored(world, STATE_KEY, value, true);
}

/** Ids of the keys of tokens in the bucket, by service. A bucket that cannot be read from here keeps nobody from going on. */
async function keysOfTokens(world: SetupWorld, services: readonly string[]): Promise<Map<string, string>> {
  try {
    const { bucket } = await world.session();
    const found = services.map(async (service) => [service, await tokensKeyId(bucket, service)] as const);
    const ids = await Promise.all(found);
    return new Map(ids.flatMap(([service, id]) => (id === undefined ? [] : [[service, id] as const])));
  } catch {
    return new Map();
  }
}
