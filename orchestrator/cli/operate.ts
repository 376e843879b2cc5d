/** The commands that change the states of jobs by hand. */
import type { Command } from 'commander';
import { type Operated, type OperateRequest, operate, questionBefore } from '../app/operate.ts';
import { openSession } from '../app/session.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';

export interface OperateOptions extends CommonOptions {
  readonly reason?: string;
  readonly yes?: true;
}

/** No exit code says that a person changed their mind better than that of Ctrl-C. */
const DECLINED = 130;

const WHY = ['--reason <text>', 'why, for the job’s history'] as const;

export const reasonOption = (command: Command): Command => command.option(...WHY);
const yesOption = (command: Command): Command => command.option('--yes', 'do not ask');

interface Row {
  readonly argument: readonly [name: string, description: string];
  readonly options: (command: Command) => Command;
  readonly description: string;
  readonly example: string;
}

const MANY = ['<jobs...>', 'ids or globs, comma-separated'] as const;

const table = {
  pause: {
    argument: MANY,
    options: reasonOption,
    description: 'Keep jobs from running by their schedule until they are resumed. A run that is at it ends in order.',
    example: `
Example:
  tidemill pause 'shop_*' --reason "the shop's API is rebuilt until Monday" --environment prd`,
  },
  resume: {
    argument: MANY,
    options: reasonOption,
    description: 'Let paused jobs follow their schedule again. Slots that plans saw meanwhile are settled as skipped.',
    example: `
Example:
  tidemill resume 'shop_*' --environment prd`,
  },
  reset: {
    argument: MANY,
    options: (command) => yesOption(reasonOption(command)),
    description:
      'Forget the cursor, so that the next run reads everything again. The data stays, in bronze and silver.',
    example: `
Example:
  tidemill reset shop_orders --reason "the shop gave every order a new id" --environment prd`,
  },
  rewind: {
    argument: ['<job>', 'its id'],
    options: (command) =>
      command.requiredOption('--to <cursor>', 'an instant, or the cursor itself as JSON').requiredOption(...WHY),
    description:
      'Put the cursor elsewhere, so that the next run reads from there. A table with a key swallows what comes twice.',
    example: `
Examples:
  tidemill rewind shop_orders --to 2026-11-01T00:00:00Z --reason "October was wrong at the source"
  tidemill rewind shop_orders --to '{"after":"2026-11-01T00:00:00Z"}' --reason "the same, as the connector writes it"`,
  },
  unlock: {
    argument: MANY,
    options: (command) => yesOption(reasonOption(command)),
    description:
      'Take the claim from the run that holds it, without waiting for its lease to end. It changes nothing after.',
    example: `
Example:
  tidemill unlock shop_orders --reason "the runner was lost" --environment prd`,
  },
} satisfies Record<string, Row>;

/** One command of the table. */
export const operateCommand = (name: keyof typeof table): DefineCommand => {
  const { argument, options: add, description, example }: Row = table[name];
  return (command, terminal, exit) => {
    add(command(name).argument(...argument))
      .description(description)
      .addHelpText('after', example)
      .action(async (jobs: string | string[], options: OperateOptions & { readonly to?: string }) => {
        const what = { operation: name, jobs: [jobs].flat(), to: options.to };
        exit(await operateJobs(terminal, what, options));
      });
  };
};

/** Asks where something cannot be undone, does it, and tells what came of it. Answers the exit code. */
export async function operateJobs(
  terminal: Terminal,
  what: Omit<OperateRequest, 'reason' | 'confirmed'>,
  options: OperateOptions,
): Promise<number> {
  const session = await openSession(terminal, options);
  const { ask } = terminal;
  const { reason, yes } = options;
  const request: OperateRequest = { ...what, reason };
  const question = yes || ask === undefined ? undefined : await questionBefore(session, request);
  if (question !== undefined && !(await ask?.(question))) {
    terminal.stderr.write('Nothing was changed.\n');
    return DECLINED;
  }
  const confirmed = yes || question !== undefined ? true : undefined;
  return tellOperated(terminal, await operate(session, { ...request, confirmed }), options);
}

/** Answers the exit code: that of the first job that refused. Of a single job, the refusal is thrown. */
async function tellOperated(
  terminal: Terminal,
  operated: readonly Operated[],
  options: CommonOptions,
): Promise<number> {
  const refusals = operated.flatMap(({ refusal }) => refusal ?? []);
  const [first] = refusals;
  // Then the error is the whole answer.
  if (first !== undefined && operated.length === 1) throw first;
  const exit = await printErrors(terminal, refusals);
  const jobs = operated.map(({ refusal, ...told }) => ({ ...told, ...(refusal && { code: refusal.code }) }));
  const lines = operated.filter(({ refusal }) => refusal === undefined).map(({ job, says }) => `${job}: ${says}\n`);
  print(terminal, options, { jobs }, () => lines.join(''));
  return exit;
}
