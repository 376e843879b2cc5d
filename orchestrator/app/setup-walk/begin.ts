/** The first steps: what programs need on this machine, and the environment at GitHub. */
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
      const { repository } = await world.access();
      // Of a repository that the token does not see, that is what is said.
      await settings.defaultBranch();
      if (await settings.hasEnvironment(name)) return { is: 'fine', says: `an environment of ${repository}` };
      return {
        ...{ is: 'open', byDefault: 'yes', unasked: 'yes' },
        says: `${repository} has no environment ${name}, which keeps its secrets and variables`,
        asks: 'Make it?',
        byHand: [`gh api --method PUT "repos/${repository}/environments/${name}" --silent`],
        async act() {
          await settings.makeEnvironment(name);
          world.forgetNames();
          return `made in ${repository}`;
        },
      };
    },
  };
}
