/** Signing in to services: the way of `tidemill auth`, for each whose tokens GitHub lacks. */
import { type Connector, TidemillError } from '@tidemill/kit';
import type { Person } from '../../auth/try.ts';
import { loadConnector } from '../../run/extract/connector.ts';
import { neededToSignIn, signInTo } from '../auth-sign-in.ts';
import { jobsHere } from '../missing-credentials.ts';
import type { Guide, Step } from './step.ts';
import type { SetupWorld } from './world.ts';

export interface SignIn {
  readonly service: string;
  readonly connector: Connector;
  /** The credential that it ends with. */
  readonly result: string;
}

/** Services with jobs here that a person signs in to. What cannot be loaded says so when it is to run. */
export async function signInsHere({ config, environment }: SetupWorld): Promise<SignIn[]> {
  const jobs = jobsHere(config, environment.name).filter(({ command }) => command === undefined);
  const used = [...config.services.values()].filter(({ name }) => jobs.some(({ service }) => service === name));
  const found = used.map(async (service): Promise<SignIn[]> => {
    const connector = await loadConnector(service).catch(() => undefined);
    const result = connector && resultOf(connector);
    return connector === undefined || result === undefined ? [] : [{ service: service.name, connector, result }];
  });
  return (await Promise.all(found)).flat();
}

/** Undefined where there is nothing to sign in to: its credentials are copied from a page. */
function resultOf({ oauth, tokens, signIn }: Connector): string | undefined {
  if (oauth !== undefined) return oauth.credentials.refreshToken;
  return signIn?.withPassword === undefined ? undefined : tokens?.seed;
}

export const signInSteps = (world: SetupWorld, signIns: readonly SignIn[], way: 'browser' | 'paste'): Step[] =>
  signIns.map((signIn) => ({
    name: 'sign-in',
    what: signIn.service,
    async look() {
      const { service, result } = signIn;
      if (await world.has(result)) return { is: 'fine', says: `GitHub has ${result}` };
      return {
        ...{ is: 'open', byDefault: 'yes', unasked: 'person' },
        says: `Nobody has signed in to ${service} for ${world.environment.name} yet: GitHub has no ${result}`,
        asks: 'Sign in now?',
        byHand: [`npx tidemill auth ${service} --environment ${world.environment.name} --set-secrets`],
        act: (guide) => signedIn(world, signIn, guide, way),
      };
    },
  }));

async function signedIn(
  world: SetupWorld,
  { service, connector }: SignIn,
  guide: Guide,
  way: 'browser' | 'paste',
): Promise<string> {
  await world.checkEnvironment();
  await askForMissing(world, connector, guide);
  const { repository } = await world.access();
  const destination = { to: 'secrets', repository } as const;
  const answer = await signInTo(await world.session(), { service, way, destination }, personOf(guide));
  world.forgetNames();
  if (answer.unstored !== undefined) {
    const { fault, path } = answer.unstored;
    if (path !== undefined) guide.say(`What came of the sign-in is in ${path}, which only you can read.\n`);
    throw fault;
  }
  if (answer.doubt !== undefined) throw answer.doubt;
  const who = answer.who === undefined ? '' : ` as ${answer.who}`;
  return `signed in${who}; stored: ${answer.stored.join(', ')}`;
}

/** What GitHub has, nobody can read: a sign-in needs it once more. */
async function askForMissing(world: SetupWorld, connector: Connector, guide: Guide): Promise<void> {
  for (const name of neededToSignIn(connector, world.host.env)) {
    const isSecret = connector.credentials.find((one) => one.name === name)?.secret !== false;
    const question = `${name}, to sign in to ${connector.service}${isSecret ? ' (not shown)' : ''}: `;
    const value = await guide.ask?.[isSecret ? 'hidden' : 'line'](question);
    if (value !== undefined && value !== '') world.remember(name, value);
  }
}

function personOf({ say, ask, openBrowser }: Guide): Person {
  return {
    say,
    openBrowser,
    ask: async (question) => {
      if (ask !== undefined) return (await ask.line(question)) ?? '';
      throw new TidemillError('config', 'sign-in-terminal', 'There is nobody at a terminal to answer', {
        hint: 'Run it where you can type, and store what comes of it with --set-secrets.',
      });
    },
  };
}
