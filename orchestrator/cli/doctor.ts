import { type Check, doctor } from '../app/doctor.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

const EXAMPLE = `
Example:
  tidemill doctor --environment dev`;

export const doctorCommand: DefineCommand = (command, terminal, exit) => {
  command('doctor')
    .description('What is missing to run here: Node, configuration, credentials, bucket, warehouse.')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions) => {
      const checks = await doctor(terminal, options);
      const document = { is_fine: checks.every(({ is_fine }) => is_fine), checks };
      print(terminal, options, document, () => checks.map(line).join(''));
      exit(document.is_fine ? 0 : 2);
    });
};

const line = ({ what, is_fine, is_note, says }: Check): string =>
  `${is_fine ? (is_note ? 'NOTE' : 'ok  ') : 'MISS'}  ${what.padEnd(14)}  ${says}\n`;
