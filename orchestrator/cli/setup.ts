import { setUp } from '../app/setup.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';

interface SetupOptions extends CommonOptions {
  readonly again?: true;
}

const EXAMPLE = `
Example:
  tidemill setup shop      installs what services.shop.setup names; does nothing when it is there`;

export const setupCommand: DefineCommand = (command, terminal, exit) => {
  command('setup [services...]')
    .description('Install what the commands of services need (services.NAME.setup). Default: of every service.')
    .option('--again', 'install it again, also where nothing has changed')
    .addHelpText('after', EXAMPLE)
    .action(async (services: string[], options: SetupOptions) => {
      const { write } = options.json ? terminal.stderr : terminal.stdout;
      // The bar keeps a line from being a workflow command.
      const said = (service: string, line: string): void => void write(`${service}  | ${line}\n`);
      const { prepared, faults } = await setUp(terminal, { ...options, services, said });
      const code = await printErrors(terminal, faults);
      const failed = faults.map(({ code: name, message }) => ({ code: name, message }));
      const document = { services: prepared, ...(failed.length === 0 ? {} : { faults: failed }) };
      print(terminal, options, document, () => {
        if (prepared.length + faults.length === 0) return 'No service of these has a setup.\n';
        const done = prepared.filter(({ found }) => found !== 'ready' || options.again === true);
        return `${plural(prepared.length, 'service')} ready, ${done.length} of them installed now.\n`;
      });
      exit(code);
    });
};
