import { generate } from '../app/generate.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

const EXAMPLE = `
After a change of ingestion-config.yaml, and after an upgrade:
  npx tidemill generate`;

export const generateCommand: DefineCommand = (command, terminal, exit) => {
  command('generate')
    .description('Write the workflows of this repository: for its environments, services and secrets.')
    .option('--check', 'write nothing, and end with 1 where a file is stale')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & { readonly check?: true }) => {
      const answer = await generate(terminal, options);
      const { stale, files, left = [] } = answer;
      const list = stale.map((path) => `  ${path}\n`).join('');
      const fresh = `${plural(files.length - left.length, 'file')}, all fresh.\n`;
      const head = options.check ? 'Stale; `npx tidemill generate` writes them anew:' : 'Written:';
      const others = left
        .map((path) => `${path} is left: it is not Tidemill’s. Give it another name to have ours.\n`)
        .join('');
      print(terminal, options, answer, () => (stale.length === 0 ? fresh : `${head}\n${list}`) + others);
      if (options.check && stale.length > 0) exit(1);
    });
};
