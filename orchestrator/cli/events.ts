import { TidemillError } from '@tidemill/kit';
import { dropEvents, sendWaiting, type WaitingEvents, waitingEvents } from '../app/events.ts';
import type { Operated } from '../app/operate.ts';
import { openSession } from '../app/session.ts';
import { count, inEnvironment, plural } from '../text/format.ts';
import { fittedTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';
import { reasonOption } from './operate.ts';

interface EventsOptions extends CommonOptions {
  readonly send?: true;
  readonly drop?: true;
  readonly to?: string;
  readonly reason?: string;
}

const EXAMPLE = `
Examples:
  tidemill events --environment prd                what waits, for whom, and why
  tidemill events --send --environment prd         send it now, however long it takes
  tidemill events shop_orders --drop --to webhook --reason "that queue is gone" --environment prd`;

export const eventsCommand: DefineCommand = (command, terminal, exit) => {
  reasonOption(
    command('events')
      .argument('[jobs...]', 'ids or globs, comma-separated; all of them if not given')
      .description(
        'Events that have not left yet, by job and by who is told of them. They are sent after each run, and by whatever comes next.',
      )
      .option('--send', 'send what waits, now')
      .option('--drop', 'give up what waits of the named jobs: nobody will be told')
      .option('--to <name>', 'with --drop: only what waits for this one'),
  )
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: EventsOptions) => exit(await handle(terminal, words, options)));
};

/** Answers the exit code. */
async function handle(terminal: Terminal, words: readonly string[], options: EventsOptions): Promise<number> {
  const { send, drop, to, reason } = options;
  refuseContradiction(words, options);
  const session = await openSession(terminal, options);
  if (drop) {
    const dropped = await dropEvents(session, { jobs: words, to, reason });
    print(terminal, options, { dropped: dropped.map(factsOf) }, () => dropped.map(lineOf).join(''));
    return printErrors(
      terminal,
      dropped.map(({ refusal }) => refusal),
    );
  }
  const delivered = send ? await sendWaiting(session, words, 'whole') : undefined;
  const { waiting, unreadable } = await waitingEvents(session, words);
  const { name } = session.environment;
  const document = { environment: name, ...(delivered === undefined ? {} : { sent: delivered.sent }), waiting };
  const isTold = session.environment.events.length > 0;
  print(terminal, options, document, () => {
    const sent = delivered === undefined ? '' : `${plural(delivered.sent, 'event')} sent.\n`;
    return `${sent}${isTold ? textOf(waiting, name) : `Nobody is told of events in ${name}.\n`}`;
  });
  return printErrors(terminal, [...unreadable, ...(delivered?.untold ?? [])]);
}

function refuseContradiction(words: readonly string[], { send, drop, to }: EventsOptions): void {
  if (send && drop) throw contradiction('--send and --drop are one the contrary of the other');
  if (drop && words.length === 0) throw contradiction('--drop gives up the events of jobs that are named');
  if (to !== undefined && !drop) throw contradiction('--to says whose events --drop gives up');
}

const contradiction = (message: string): TidemillError =>
  new TidemillError('config', 'events-options', message, { hint: '`npx tidemill events --help` has examples.' });

function textOf(waiting: readonly WaitingEvents[], environment: string): string {
  if (waiting.length === 0) return `No event waits in ${environment}.\n`;
  const rows = waiting.map(({ job, to, events, refused }) => [
    job,
    to,
    count(events),
    refused === undefined ? 'not sent yet' : `${refused.says} (${refused.who})`,
  ]);
  const next = `Send them now: npx tidemill events --send${inEnvironment(environment)}`;
  return `${fittedTable(['job', 'to', 'events', 'why'], rows)}\n\n${next}\n`;
}

const factsOf = ({ job, changed, says }: Operated) => ({ job, changed, says });
const lineOf = ({ job, says }: Operated): string => `${job}: ${says}\n`;
