import { InvalidArgumentError } from 'commander';
import { isOnActions } from '../app/host.ts';
import { setUp } from '../app/setup.ts';
import { type Guide, type StepName, type StepResult, stepNames } from '../app/setup-walk/step.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';

interface SetupOptions extends CommonOptions {
  readonly again?: true;
  readonly yes?: true;
  readonly skip?: readonly StepName[];
  readonly store?: readonly string[];
  readonly schedule?: boolean;
  readonly run?: true;
  readonly paste?: true;
  readonly repository?: string;
}

/** As shells have it for a command that Ctrl-C ended. */
const STOPPED = 130;

const EXAMPLE = `
Examples:
  tidemill setup --environment dev         walks through what dev lacks until its jobs run on GitHub, and asks at each step
  tidemill setup --yes --schedule          the same without a question, with what this shell and its programs have
  tidemill setup shop                      installs what services.shop.setup names; does nothing when it is there

Each step looks first: what is there stays as it is. Secrets are encrypted for GitHub, and shown nowhere. Steps: ${stepNames.join(', ')}.`;

/** As GitHub takes it: https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets */
function variableNamed(name: string, before: readonly string[] = []): string[] {
  if (/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(name)) return [...before, name];
  throw new InvalidArgumentError(
    'GitHub takes names of letters, digits and "_", which begin neither with a digit nor with GITHUB_.',
  );
}

function stepNamed(name: string, before: readonly StepName[] = []): StepName[] {
  const known = stepNames.find((one) => one === name);
  if (known === undefined) throw new InvalidArgumentError(`There is: ${stepNames.join(', ')}.`);
  return [...before, known];
}

export const setupCommand: DefineCommand = (command, terminal, exit) => {
  command('setup [services...]')
    .description(
      'Walk through what an environment lacks until its jobs run on GitHub. With services: install what their commands need here (services.NAME.setup).',
    )
    .option('--yes', 'ask nothing: do all that needs no person')
    .option('--skip <step>', 'leave a step out; several by saying it again', stepNamed)
    .option(
      '--store <name>',
      'give GitHub this variable of the shell, over what is there; several by saying it again',
      variableNamed,
    )
    .option('--schedule', 'switch the schedule on')
    .option('--no-schedule', 'leave the schedule as it is')
    .option('--run', 'start a run though there was one')
    .option('--paste', 'sign in with a browser on another machine')
    .option(
      '--repository <owner/repo>',
      'the repository at GitHub (default: $GITHUB_REPOSITORY, or where git pushes to)',
    )
    .option('--again', 'install it again, also where nothing has changed')
    .addHelpText('after', EXAMPLE)
    .action(async (services: string[], options: SetupOptions) => {
      // In a workflow nobody is asked, and nothing but machines is set up.
      const isInstall = services.length > 0 || options.again === true || isOnActions(terminal);
      exit(await (isInstall ? install(terminal, services, options) : walkThrough(terminal, options)));
    });
};

async function install(terminal: Terminal, services: readonly string[], options: SetupOptions): Promise<number> {
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
  return code;
}

async function walkThrough(terminal: Terminal, options: SetupOptions): Promise<number> {
  // Needs code that no machine of GitHub's does.
  const { walk } = await import('../app/setup-walk/walk.ts');
  const { yes, skip = [], store = [], schedule, run, paste } = options;
  const request = {
    ...options,
    ...{ yes: yes === true, skip, store, run: run === true, way: paste ? ('paste' as const) : ('browser' as const) },
    schedule: schedule === undefined ? undefined : schedule ? ('on' as const) : ('off' as const),
  };
  const told = (result: StepResult): void => void (options.json || terminal.stdout.write(resultText(result)));
  const { environment, results, isStopped } = await walk(terminal, request, guideAt(terminal, options), told);
  const steps = results.map(({ fault, byHand, ...result }) => {
    return { ...result, ...(byHand.length === 0 ? {} : { by_hand: byHand }), ...(fault && { code: fault.code }) };
  });
  print(terminal, options, { environment, is_fine: codeOf(results) === 0 && !isStopped, steps }, () =>
    isStopped ? '' : endText(environment, results),
  );
  if (!isStopped) return codeOf(results);
  terminal.stderr.write('\nStopped. What was done stays; run it again to go on.\n');
  return STOPPED;
}

/** With `--yes`, nobody is there to be asked. */
function guideAt({ stderr, askLine, askHidden, openBrowser }: Terminal, { json, yes }: SetupOptions): Guide {
  const ask =
    askLine === undefined || askHidden === undefined || json || yes ? undefined : { line: askLine, hidden: askHidden };
  return { say: (text) => void stderr.write(text), ask, openBrowser };
}

const WORDS = { fine: 'ok  ', done: 'DONE', skipped: 'SKIP', open: 'MISS', failed: 'FAIL' } as const;

const resultText = ({ step, what, is, says, byHand }: StepResult): string =>
  [`${WORDS[is]}  ${step.padEnd(11)}  ${what}: ${says}`, ...byHand.map((line) => `        ${line}`.trimEnd()), ''].join(
    '\n',
  );

function endText(environment: string, results: readonly StepResult[]): string {
  const open = results.filter(({ is }) => is === 'open' || is === 'failed').length;
  const skipped = results.filter(({ is }) => is === 'skipped').length;
  const rest = skipped === 0 ? '' : ` ${plural(skipped, 'step')} skipped.`;
  if (open > 0) return `\n${plural(open, 'thing')} still missing in ${environment}.${rest} Run it again to go on.\n`;
  const away =
    environment === 'local'
      ? ' Its jobs run on this machine; for GitHub, give the configuration an environment with a bucket.'
      : '';
  return `\n${environment} has all it needs.${rest}${away}\n`;
}

/** That of the first failure; what is open is for the person to do. */
const codeOf = (results: readonly StepResult[]): number =>
  results.flatMap(({ fault }) => fault ?? [])[0]?.exitCode ?? (results.some(({ is }) => is === 'open') ? 2 : 0);
