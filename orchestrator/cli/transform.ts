import { installDbt } from '../app/install-dbt.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession } from '../app/session.ts';
import { type Transformed, transformAll } from '../app/transform.ts';
import { exitCode } from '../report/outcome.ts';
import { legSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import { addSummary } from './github.ts';

interface TransformOptions extends CommonOptions {
  readonly all?: true;
  readonly install?: true;
  readonly warehouse?: string;
  readonly runId?: string;
}

const EXAMPLE = `
Examples:
  tidemill transform                              what was loaded since the last time, and all that is made of it
  tidemill transform --all --environment dev      every model whose tables are there
  tidemill transform dim_tracks+ tag:daily        what dbt selects by these words`;

export const transformCommand: DefineCommand = (command, terminal, exit) => {
  command('transform [select...]')
    .description('Run dbt on what was loaded: models, and tests of them. It is installed the first time, by uv.')
    .option('--all', 'every model, not only those of what has changed')
    .option('--install', 'only install dbt, for the warehouses of the environment')
    .option('--warehouse <name>', 'only in this one (default: each of the environment)')
    .option('--run-id <id>', 'the run that it belongs to, as `plan` named it (default: one of its own)')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: TransformOptions) => {
      const { write } = options.json ? terminal.stderr : terminal.stdout;
      if (options.install) {
        const installed = await installDbt(terminal, options, (line) => void write(`  | ${line}\n`));
        return print(terminal, options, { installed }, () => `dbt is there for ${plural(installed, 'warehouse')}.\n`);
      }
      const session = await openSession(terminal, options);
      try {
        const runId = runIdOf(session.host, options);
        const transformed = await transformAll(session, {
          words,
          scope: options.all === true ? 'all' : 'changed',
          warehouse: options.warehouse,
          runId,
          // The bar keeps a line from being a workflow command.
          said: (warehouse, line) => void write(`${warehouse}  | ${line}\n`),
        });
        const { results, idle, unrecorded } = transformed;
        if (results.length > 0) await addSummary(terminal, legSummary(results));
        const keeping = await printErrors(terminal, [unrecorded]);
        print(terminal, options, { run: runId, results, idle }, () => textOf(transformed));
        exit(exitCode(results) || keeping);
      } finally {
        await session.close();
      }
    });
};

function textOf({ results, idle }: Transformed): string {
  const lines = idle.map(({ warehouse, reason }) => `${warehouse}: ${reason}.\n`);
  return `${lines.join('')}${results.length === 0 ? '' : `\n${resultText(results)}`}`;
}
