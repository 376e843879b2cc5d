import { TidemillError } from '@tidemill/kit';
import type { Command } from 'commander';
import type { CrawlView } from '../app/crawl.ts';
import { sendWaiting } from '../app/events.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession, type Session } from '../app/session.ts';
import { environmentsAway } from '../app/status.ts';
import { crawlLines } from '../report/crawls.ts';
import { inEnvironment } from '../text/format.ts';
import { lineText } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';
import { refusalCode } from './refusal-code.ts';
import { tellUnsent } from './unsent.ts';

interface CrawlOptions extends CommonOptions {
  readonly runId?: string;
  readonly target?: readonly string[];
  readonly option?: readonly string[];
  readonly adopt?: string;
  readonly wait?: string;
}

const EXAMPLE = `
Examples:
  tidemill crawl status --environment dev
  tidemill crawl trigger brand_posts --target acme --environment dev     asks the source, and waits for nothing
  tidemill crawl download brand_posts --environment dev                  waits for what is open, and loads it
  tidemill crawl cancel brand_posts.20261121T060000Z.acme --environment dev`;

const ACTIONS = ['trigger', 'status', 'download', 'cancel'] as const;

/** Options that one action alone hears. */
const HEARD_BY = [
  ['target', 'trigger'],
  ['option', 'trigger'],
  ['adopt', 'trigger'],
  ['wait', 'download'],
] as const;

export const crawlCommand: DefineCommand = (command, terminal, exit) => {
  repeated(
    repeated(
      command('crawl'),
      '--target <key>',
      'trigger: only this one of the job (by what it says of itself, as its competitor, or by its key), repeatable',
    ),
    '--option <name=value>',
    'trigger: an option in place of the one of the configuration, repeatable; the value as JSON, or a text',
  )
    .argument('<action>', ACTIONS.join(', '))
    .argument('[names...]', 'ids of jobs and globs, or ids of crawls')
    .description(
      'Crawls of sources that answer later, by hand: trigger them, see where they stand, fetch what they brought, give them up.',
    )
    .option('--adopt <crawl=ticket>', 'trigger: the source has begun this crawl, and calls it so')
    .option(
      '--wait <seconds>',
      'download: how long to wait for what is not ready yet; never longer than timeout_minutes of the job (default: an hour)',
    )
    .option('--run-id <id>', 'identity of what is triggered or downloaded (default: a new one)')
    .addHelpText('after', EXAMPLE)
    .action(async (action: string, names: string[], options: CrawlOptions) => {
      if (!ACTIONS.some((known) => known === action))
        throw new TidemillError('config', 'unknown-action', `There is no crawl action "${action}"`, {
          hint: `There are: ${ACTIONS.join(', ')}.`,
        });
      refuseUnheard(action, options);
      if (action === 'trigger') exit(await trigger(terminal, names, options));
      else if (action === 'status') exit(await status(terminal, names, options));
      else if (action === 'download') exit(await download(terminal, names, options));
      else await cancel(terminal, names, options);
    });
};

const repeated = (command: Command, flags: string, description: string): Command =>
  command.option(flags, description, (value: string, before: readonly string[] = []) => [...before, value]);

/** `download --target acme` would otherwise fetch what all targets have brought. */
function refuseUnheard(action: string, options: CrawlOptions): void {
  for (const [option, hearer] of HEARD_BY)
    if (options[option] !== undefined && action !== hearer)
      throw new TidemillError('config', 'crawl-options', `--${option} goes with ${hearer}, not with ${action}`, {
        hint: '`npx tidemill crawl --help` has examples.',
      });
}

async function trigger(terminal: Terminal, names: readonly string[], options: CrawlOptions): Promise<number> {
  const { triggerCrawls, adoptCrawl } = await import('../app/crawl.ts');
  const session = await openSession(terminal, options);
  if (options.adopt !== undefined) {
    const [id, ticket] = pairOf('--adopt', options.adopt);
    const adopted = await adoptCrawl(session, id, ticket);
    await tellUnsent(terminal, (await sendWaiting(session, [adopted.job])).untold);
    print(terminal, options, adopted, () => listOf([adopted], session));
    return 0;
  }
  const [job, ...others] = names;
  if (job === undefined || others.length > 0)
    throw new TidemillError('config', 'one-job', 'Crawls are triggered of one job at a time: expected its id', {
      hint: '`npx tidemill crawl trigger --help` has an example.',
    });
  const own = Object.fromEntries(
    (options.option ?? []).map((text) => pairOf('--option', text)).map(([name, value]) => [name, valueIn(value)]),
  );
  const { crawls, refusal, notices } = await triggerCrawls(session, {
    job,
    runId: runIdOf(session.host, options),
    ...(options.target === undefined ? {} : { targets: options.target }),
    ...(options.option === undefined ? {} : { options: own }),
  });
  const code = await printErrors(terminal, [refusal]);
  await tellUnsent(terminal, (await sendWaiting(session, [job])).untold);
  for (const notice of notices) terminal.stderr.write(`${job}: ${lineText(notice)}\n`);
  const document = {
    crawls,
    ...(notices.length === 0 ? {} : { notices }),
    ...(refusal === undefined ? {} : { refusal: { code: refusal.code, message: refusal.message } }),
  };
  print(terminal, options, document, () => `${listOf(crawls, session)}${nextText(job, crawls, session)}`);
  return code;
}

async function status(terminal: Terminal, names: readonly string[], options: CrawlOptions): Promise<number> {
  const { crawlsOf } = await import('../app/crawl.ts');
  const session = await openSession(terminal, options);
  const unreadable: TidemillError[] = [];
  const crawls = await crawlsOf(session, names, (error) => unreadable.push(error));
  const code = await printErrors(terminal, unreadable);
  print(terminal, options, { crawls }, () => (crawls.length === 0 ? noneText(session) : listOf(crawls, session)));
  return code;
}

function noneText(session: Session): string {
  const [other] = environmentsAway(session);
  const elsewhere =
    other === undefined ? '' : ` Of jobs of ${other}: \`npx tidemill crawl status${inEnvironment(other)}\`.`;
  return `There are no crawls in ${session.environment.name}.${elsewhere}\n`;
}

/** With their defaults, the polls of a run that waits take an hour. */
const WAIT_SECONDS = 3600;

async function download(terminal: Terminal, names: readonly string[], options: CrawlOptions): Promise<number> {
  const { choiceForCrawls } = await import('../app/open-crawls.ts');
  const { runAll } = await import('./run-all.ts');
  const session = await openSession(terminal, options);
  const runId = runIdOf(session.host, options);
  const waitSeconds = secondsIn(options.wait);
  const choice = await choiceForCrawls(session, names.length === 0 ? ['*'] : names, runId);
  const damage = await printErrors(terminal, choice.unreadable);
  for (const { job, reason } of choice.idle) terminal.stderr.write(`${job}: ${lineText(reason)}\n`);
  const { assignments, refused } = choice;
  const code = await runAll(
    terminal,
    session,
    { assignments, runId, mode: 'incremental', waitSeconds },
    {
      ...options,
      refused,
      idle: choice.idle.length === 0 ? 'No crawl is open.' : 'Nothing ran: no job with open crawls may run now.',
    },
  );
  return code || refusalCode(refused) || damage;
}

async function cancel(terminal: Terminal, names: readonly string[], options: CrawlOptions): Promise<void> {
  const { cancelCrawl } = await import('../app/crawl.ts');
  const session = await openSession(terminal, options);
  if (names.length === 0)
    throw new TidemillError('config', 'unknown-crawl', 'Which crawl? Expected the id of one', {
      hint: `\`npx tidemill crawl status${inEnvironment(session.environment.name)}\` lists them.`,
    });
  const crawls: CrawlView[] = [];
  for (const id of names) crawls.push(await cancelCrawl(session, id));
  const jobs = crawls.map(({ job }) => job);
  await tellUnsent(terminal, (await sendWaiting(session, jobs)).untold);
  print(terminal, options, { crawls }, () => listOf(crawls, session));
}

function secondsIn(text: string | undefined): number {
  const seconds = text === undefined ? WAIT_SECONDS : Number(text);
  if (Number.isFinite(seconds) && seconds >= 0 && text !== '') return seconds;
  throw new TidemillError('config', 'wait-invalid', `--wait ${text} is no number of seconds`);
}

function pairOf(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new TidemillError('config', 'pair-invalid', `${option} ${text}: expected NAME=VALUE`);
}

/** `10` and `true` are what they look like; what is no JSON is a text. */
function valueIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Who fetches what was triggered. */
function nextText(job: string, crawls: readonly CrawlView[], { environment: { name } }: Session): string {
  if (crawls.every(({ ended_at }) => ended_at !== undefined)) return '';
  return `\nThe next plan goes on with them; to wait for them now: npx tidemill crawl download ${job}${inEnvironment(name)}\n`;
}

const listOf = (crawls: readonly CrawlView[], { host }: Session): string =>
  crawls.map((crawl) => crawlLines(crawl, host.clock.now())).join('');
