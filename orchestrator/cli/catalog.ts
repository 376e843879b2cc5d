import { TidemillError } from '@tidemill/kit';
import { openSession } from '../app/session.ts';
import { lineText } from '../text/table.ts';
import { choicesText, collectText, failuresIn, previewText, showText } from './catalog-text.ts';
import { jobEntry } from './catalog-yaml.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';

interface CatalogOptions extends CommonOptions {
  readonly accept?: true;
  readonly yaml?: true;
  readonly rows?: string;
}

const EXAMPLE = `
Examples:
  tidemill catalog collect --environment prd        every service that an enabled job reads
  tidemill catalog show                             which services were collected, and when
  tidemill catalog show spotify                     its data sets, and which jobs read them
  tidemill catalog show spotify.top_tracks --yaml   a job of one, to be pasted into the configuration
  tidemill catalog preview spotify.top_tracks --rows 3
  tidemill catalog choices google_calendar calendars`;

const ACTIONS = ['collect', 'show', 'preview', 'choices'] as const;
type Action = (typeof ACTIONS)[number];

/** Options that one action alone hears. */
const HEARD_BY = [
  ['accept', 'collect'],
  ['yaml', 'show'],
  ['rows', 'preview'],
] as const;

export const catalogCommand: DefineCommand = (command, terminal, exit) => {
  command('catalog')
    .argument('<action>', ACTIONS.join(', '))
    .argument(
      '[names...]',
      'collect: services; show: a service, or SERVICE.DATASET; preview: SERVICE.DATASET; choices: SERVICE OPTION',
    )
    .description(
      'What services have: collect asks them and keeps the answer in the bucket, show reads it there; preview asks for a few records, choices for the values that an option may have.',
    )
    .option(
      '--accept',
      'collect: also where a service names none of its data sets any more, or less than half of them: you have looked',
    )
    .option('--yaml', 'show: a job that reads the data set, as an entry of the configuration')
    .option('--rows <number>', 'preview: how many records, 100 at most (default: 5)')
    .addHelpText('after', EXAMPLE)
    .action(async (action: string, names: string[], options: CatalogOptions) => {
      const known = ACTIONS.find((one) => one === action);
      if (known === undefined)
        throw new TidemillError('config', 'unknown-action', `There is no catalog action "${action}"`, {
          hint: `There are: ${ACTIONS.join(', ')}.`,
        });
      refuseUnheard(known, options);
      exit(await actions[known](terminal, names, options));
    });
};

function refuseUnheard(action: Action, options: CatalogOptions): void {
  for (const [option, hearer] of HEARD_BY)
    if (options[option] !== undefined && action !== hearer)
      throw new TidemillError('config', 'catalog-options', `--${option} goes with ${hearer}, not with ${action}`, {
        hint: '`npx tidemill catalog --help` has examples.',
      });
}

type Act = (terminal: Terminal, names: readonly string[], options: CatalogOptions) => Promise<number>;

const actions: Readonly<Record<Action, Act>> = {
  async collect(terminal, names, options) {
    const { collect } = await import('../app/catalog-collect.ts');
    const session = await openSession(terminal, options);
    const answer = await collect(session, { services: names, accepts: options.accept === true });
    for (const { service } of answer.failures) terminal.stderr.write(`${service}: not collected\n`);
    const code = await printErrors(
      terminal,
      answer.failures.map(({ error }) => error),
    );
    print(terminal, options, { ...answer, failures: failuresIn(answer) }, () => collectText(answer));
    return code;
  },

  async show(terminal, names, options) {
    const { showCatalog } = await import('../app/catalog.ts');
    const [of] = atMost(1, names, 'show', 'a service, or SERVICE.DATASET');
    const session = await openSession(terminal, options);
    const found = await showCatalog(session, of);
    const code = await printErrors(terminal, found.unreadable);
    const { unreadable: _, ...document } = found;
    const [unit] = found.services[0]?.units ?? [];
    if (options.yaml === true) {
      if (of?.includes('.') !== true || unit === undefined) throw wanted('show --yaml', 'SERVICE.DATASET');
      terminal.stdout.write(jobEntry(session, of, unit));
      return code;
    }
    print(terminal, options, document, () => showText(found, of, terminal.stdout.columns));
    return code;
  },

  async preview(terminal, names, options) {
    const { preview } = await import('../app/catalog-preview.ts');
    const [of] = atMost(1, names, 'preview', 'SERVICE.DATASET');
    if (of?.includes('.') !== true) throw wanted('preview', 'SERVICE.DATASET');
    const found = await preview(await openSession(terminal, options), { of, rows: options.rows });
    print(terminal, options, found, () => previewText(found));
    return 0;
  },

  async choices(terminal, names, options) {
    const { choices } = await import('../app/catalog-choices.ts');
    const [service, option] = atMost(2, names, 'choices', 'SERVICE OPTION');
    if (service === undefined) throw wanted('choices', 'SERVICE OPTION');
    const found = await choices(await openSession(terminal, options), { service, option });
    print(terminal, options, found, () => choicesText(found));
    return 0;
  },
};

function atMost(most: number, names: readonly string[], action: string, expected: string): readonly string[] {
  if (names.length <= most) return names;
  throw wanted(action, expected);
}

const wanted = (action: string, expected: string): TidemillError =>
  new TidemillError('config', 'catalog-names', `catalog ${lineText(action)}: expected ${expected}`, {
    hint: '`npx tidemill catalog --help` has examples.',
  });
