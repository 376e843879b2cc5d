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
      const document = { fine: checks.every(({ isFine }) => isFine), checks };
      print(terminal, options, document, () => checks.map(line).join(''));
      exit(document.fine ? 0 : 2);
    });
};

const line = ({ what, isFine, isNote, says }: Check): string =>
  `${isFine ? (isNote ? 'NOTE' : 'ok  ') : 'MISS'}  ${what.padEnd(14)}  ${says}\n`;
