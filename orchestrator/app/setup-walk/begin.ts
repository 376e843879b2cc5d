/** The first steps: what programs need on this machine, and the environment at GitHub. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { readinessOf } from '../../run/extract/command-setup.ts';
import { plural } from '../../text/format.ts';
import { jobsHere } from '../missing-credentials.ts';
import { setUp } from '../setup.ts';
import type { Guide, Step } from './step.ts';
import type { SetupWorld } from './world.ts';

/** What the commands of services need, on this machine: GitHub's do it by themselves. */
export function installStep(world: SetupWorld): Step {
  const { config, environment, options } = world;
  const used = new Set(jobsHere(config, environment.name).map(({ service }) => service));
  const services = [...config.services.values()].filter(({ name, setup }) => setup !== undefined && used.has(name));
  const act = async (guide: Guide): Promise<string> => {
    const names = services.map(({ name }) => name);
    const said = (service: string, line: string): void => guide.say(`${service}  | ${line}\n`);
    const { faults } = await setUp(world.host, { ...options, services: names, said });
    if (faults[0] !== undefined) throw faults[0];
    return `installed for ${names.join(', ')}`;
  };
  return {
    name: 'install',
    what: 'programs',
    async look() {
      const states = await Promise.all(services.map(({ setup }) => readinessOf(setup)));
      const missing = services.filter((_, index) => states[index] !== 'ready').map(({ name }) => name);
      if (services.length === 0) return { is: 'fine', says: 'no command needs anything installed' };
      if (missing.length === 0) return { is: 'fine', says: `installed for ${plural(services.length, 'service')}` };
      return {
        ...{ is: 'open', byDefault: 'yes', unasked: 'yes', act },
        says: `The commands of ${missing.join(', ')} need something installed to run here`,
        asks: 'Install it?',
        byHand: [`npx tidemill setup ${missing.join(' ')}`],
      };
    },
  };
}

export function environmentStep(world: SetupWorld): Step {
  const { name } = world.environment;
  return {
    name: 'environment',
    what: name,
    async look() {
      const settings = await world.settings();
      // Of a repository that the token does not see, that is what is said.
      const { name: repository, isPrivate } = await settings.repository();
      if (await settings.hasEnvironment(name)) return { is: 'fine', says: `an environment of ${repository}` };
      return {
        ...{ is: 'open', byDefault: 'yes', unasked: 'yes' },
        says: `${repository} has no environment ${name}, which keeps its secrets and variables${isPrivate ? `. ${PLAN}` : ''}`,
        asks: 'Make it?',
        byHand: [`gh api --method PUT "repos/${repository}/environments/${name}" --silent`],
        async act() {
          await settings.makeEnvironment(name).catch((thrown: unknown) => {
            throw isPrivate ? refusedTo(repository, name, asTidemillError(thrown)) : thrown;
          });
          world.forgetNames();
          return `made in ${repository}`;
        },
      };
    },
  };
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments */
const PLAN = 'A private repository has environments with GitHub Pro, Team or Enterprise';

function refusedTo(repository: string, name: string, fault: TidemillError): TidemillError {
  if (fault.kind === 'transient' || fault.kind === 'quota') return fault;
  const message = `GitHub does not make the environment ${name} of the private repository ${repository}`;
  const without = 'Without them, its secrets and variables can be those of the repository';
  return new TidemillError('auth', 'github-environment-refused', message, {
    hint: `${PLAN}. ${without} (gh secret set NAME), and this goes on with --skip environment. ${fault.hint ?? ''}`.trim(),
  });
}
