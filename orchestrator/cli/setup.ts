import { setUp } from '../app/setup.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

interface SetupOptions extends CommonOptions {
  readonly again?: true;
}

const EXAMPLE = `
Example:
  tidemill setup shop      installs what services.shop.setup names; does nothing when it is there`;

export const setupCommand: DefineCommand = (command, terminal) => {
  command('setup [services...]')
    .description('Install what the commands of services need (services.NAME.setup). Default: of every service.')
    .option('--again', 'install it again, also where nothing has changed')
    .addHelpText('after', EXAMPLE)
    .action(async (services: string[], options: SetupOptions) => {
      const { write } = options.json ? terminal.stderr : terminal.stdout;
      // The bar keeps a line from being a workflow command.
      const said = (service: string, line: string): void => void write(`${service}  | ${line}\n`);
      const prepared = await setUp(terminal, { ...options, services, said });
      print(terminal, options, { services: prepared }, () => {
        if (prepared.length === 0) return 'No service of these has a setup.\n';
        const done = prepared.filter(({ found }) => found !== 'ready' || options.again === true);
        return `${plural(prepared.length, 'service')} ready, ${done.length} of them installed now.\n`;
      });
    });
};
