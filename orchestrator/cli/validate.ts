import { checkConnectors } from '../app/connector-faults.ts';
import { openConfig } from '../app/session.ts';
import { plural } from '../text/format.ts';
import type { CommonOptions, DefineCommand } from './command.ts';

const EXAMPLE = `
Example:
  tidemill validate --config ingestion-config.yaml`;

export const validateCommand: DefineCommand = (command, host) => {
  command('validate')
    .description('Check the configuration: both files, every job’s connector, data type and options.')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions) => {
      const config = openConfig(host, options);
      await checkConnectors(config, host.readFile(config.file));
      const facts = { file: config.file, jobs: config.jobs.length, groups: config.groups.size };
      const text = `${config.file}: ${plural(facts.jobs, 'job')}, ${plural(facts.groups, 'group')}, no fault\n`;
      host.stdout.write(options.json ? `${JSON.stringify(facts, undefined, 2)}\n` : text);
    });
};
