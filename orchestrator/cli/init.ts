import { asTidemillError } from '@tidemill/kit';
import {
  type Answered,
  type Answers,
  answeredBy,
  type InitAnswer,
  init,
  type Offer,
  offer,
  type Place,
  placeOf,
  questions,
} from '../app/init.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import type { Terminal } from './host.ts';

interface InitOptions extends Pick<CommonOptions, 'json'> {
  readonly bucket?: string;
  readonly environment?: readonly string[];
  readonly warehouse?: string;
  readonly service?: readonly string[];
  readonly schedule?: boolean;
  readonly yes?: true;
}

/** As shells have it for a command that Ctrl-C ended. */
const STOPPED = 130;

const EXAMPLE = `
Examples:
  tidemill init my-data                                  asks what is to be in it
  tidemill init                                          the same for the repository where this is: it keeps what it has
  tidemill init my-data --yes --service web_features     asks nothing`;

const several = (name: string, before: readonly string[] = []): string[] => [...before, name];

export const initCommand: DefineCommand = (command, terminal, exit) => {
  command('init', 'json')
    .argument('[folder]', 'the repository that is to be made; without it, what is missing is added where this is')
    .description(
      'Begin a repository of one’s own: configuration, workflows, an example, and the next steps in its README.',
    )
    .option('--bucket <location>', 'where the state and the raw data are; NAME stands for the environment')
    .option('--environment <name>', 'an environment; several by saying it again', several)
    .option('--warehouse <location>', 'where the tables are; NAME stands for the environment')
    .option('--service <name>', 'a service to load from; several by saying it again', several)
    .option('--schedule', 'the README switches the schedule on')
    .option('--no-schedule', 'it is left off')
    .option('--yes', 'ask nothing: what is not said is as it is by default')
    .addHelpText('after', EXAMPLE)
    .action(async (folder: string | undefined, options: InitOptions) => {
      const place = placeOf(terminal, folder);
      const answers = await answersAt(terminal, options, place);
      if (answers === undefined) {
        terminal.stderr.write('\nStopped; nothing was written.\n');
        return exit(STOPPED);
      }
      const answer = await init(terminal, { folder, answers });
      print(terminal, options, answer, () => textOf(answer));
    });
};

/** What flags say; the rest is asked, or said aloud. Undefined when the person leaves. */
async function answersAt(terminal: Terminal, options: InitOptions, place: Place): Promise<Answers | undefined> {
  const said = saidBy(options);
  // A configuration that is there has all the answers.
  if (place.isConfigured) return said;
  const from = offer();
  const isAsked = terminal.askLine !== undefined && options.yes === undefined && options.json === undefined;
  let answers: Answers = said;
  let answered: Answered = {};
  for (const question of questions) {
    const isOpen = said[question.name] === undefined;
    if (isOpen && isAsked) {
      const asked = await ask(terminal, question, from, answered);
      if (asked === undefined || terminal.interrupted.aborted) return undefined;
      answers = { ...answers, [question.name]: asked };
    } else if (isOpen && options.json === undefined) {
      terminal.stderr.write(`${question.name}: ${question.shown(from, answered)}, as nothing else was said\n`);
    }
    answered = answeredBy(question, answers, from, answered);
  }
  return answers;
}

function saidBy({ bucket, environment, warehouse, service, schedule }: InitOptions): Answers {
  return {
    ...(bucket === undefined ? {} : { bucket }),
    ...(environment === undefined ? {} : { environments: environment.join(',') }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(service === undefined ? {} : { services: service.join(',') }),
    ...(schedule === undefined ? {} : { schedule: schedule ? 'yes' : 'no' }),
  };
}

/** Until the answer is one that can be; undefined when the person leaves. */
async function ask(
  { askLine, stderr, interrupted }: Terminal,
  question: (typeof questions)[number],
  from: Offer,
  answered: Answered,
): Promise<string | undefined> {
  stderr.write(`\n${[question.asks, ...question.choices(from, answered)].join('\n')}\n`);
  while (!interrupted.aborted) {
    const line = await askLine?.(`[${question.shown(from, answered)}] `);
    if (line === undefined) return undefined;
    try {
      answeredBy(question, { [question.name]: line }, from, answered);
      return line;
    } catch (thrown) {
      const { kind, message, hint } = asTidemillError(thrown);
      if (kind !== 'config') throw thrown;
      stderr.write(`${message}. ${hint ?? ''}\n`);
    }
  }
  return undefined;
}

function textOf({ folder, written, left, notes, next, steps }: InitAnswer): string {
  const place = folder === '' ? 'here' : `in ${folder}`;
  const lines = [
    written.length === 0 ? `Everything is ${place} already; nothing was written.` : `Written ${place}:`,
    ...written.map((path) => `  ${path}`),
    ...(left.length === 0 ? [] : ['Left as they were:', ...left.map(({ path, note }) => `  ${path} ${note}`)]),
    ...notes.map((note) => `Note: ${note}.`),
    '',
    'Next:',
    ...(folder === '' ? [] : [`  cd ${folder}`]),
    ...next.map((line) => `  ${line}`),
    ...(steps === undefined ? [] : [`${steps} has the way to GitHub, with the commands for what was chosen.`]),
  ];
  return `${lines.join('\n')}\n`;
}
