import { validate } from '../app/validate.ts';
import { plural } from '../text/format.ts';
import { lineText } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

const EXAMPLE = `
Example:
  tidemill validate --config ingestion-config.yaml`;

export const validateCommand: DefineCommand = (command, terminal) => {
  command('validate')
    .description('Check the configuration: both files, every job’s connector, data type and options.')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions) => {
      const facts = await validate(terminal, options);
      const { file, jobs, groups, notes } = facts;
      const told = notes.map((note) => `NOTE  ${lineText(note)}\n`).join('');
      const found = `${file}: ${plural(jobs, 'job')}, ${plural(groups, 'group')}, no fault\n`;
      print(terminal, options, facts, () => `${found}${told}`);
    });
};
