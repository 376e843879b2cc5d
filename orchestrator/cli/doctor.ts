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
      const width = Math.max(...checks.map(({ what }) => what.length));
      print(terminal, options, document, () => checks.map((check) => lineOf(check, width)).join(''));
      exit(document.is_fine ? 0 : 2);
    });
};

const lineOf = ({ what, is_fine, is_note, says }: Check, width: number): string =>
  `${is_fine ? (is_note ? 'NOTE' : 'ok  ') : 'MISS'}  ${what.padEnd(width)}  ${says}\n`;
