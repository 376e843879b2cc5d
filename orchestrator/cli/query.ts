import { resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { Option } from 'commander';
import { isOnActions } from '../app/host.ts';
import { type Answer, query } from '../app/query.ts';
import { openSession } from '../app/session.ts';
import { plural } from '../text/format.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import type { Terminal } from './host.ts';
import { FORMATS, type Format, formatOfFile, piecesOf, tableOf } from './query-output.ts';

interface QueryOptions extends CommonOptions {
  readonly warehouse?: string;
  readonly file?: string;
  readonly format?: Format;
  readonly output?: string;
  readonly all?: true;
}

/** What a person looks through on a terminal. */
const MOST_ROWS = 100;

const STOPPED = 130;

const EXAMPLE = `
Examples:
  tidemill query 'SELECT 1'               queries for a table: npx tidemill tables SERVICE.DATA_TYPE
  tidemill query --file report.sql --output report.csv --environment prd
  echo 'SELECT 1' | tidemill query - --format ndjson

Values are texts, as the warehouse prints them. CSV is that of RFC 4180: NULL is nothing, the empty text is "".`;

export const queryCommand: DefineCommand = (command, terminal, exit) => {
  command('query')
    .argument('[sql]', 'one statement that reads; - for the standard input')
    .description(
      'Ask a warehouse in SQL. On a terminal the answer is a table of at most 100 rows, elsewhere CSV with all of them. Only reads.',
    )
    .option('--file <path>', 'the statement stands in this file')
    .option('--warehouse <name>', 'ask that of this name; without it, the first one of the environment')
    .addOption(
      new Option(
        '--format <name>',
        'how to write the answer; without it, a table on a terminal, what the ending of --output says, or csv',
      )
        .choices(FORMATS)
        .conflicts('json'),
    )
    .option('--output <path>', 'write all rows to this file; it is there when it is whole')
    .option('--all', 'of a table, all rows')
    .addHelpText('after', EXAMPLE)
    .action(async (sql: string | undefined, options: QueryOptions) => {
      checkLog(terminal, options);
      const format = formatOf(terminal, options);
      const asked = { sql: await statementOf(terminal, sql, options), warehouse: options.warehouse };
      const session = await openSession(terminal, options);
      const answering = async (): Promise<number> => {
        try {
          await tell(terminal, await query(session, asked), format, options);
          return 0;
        } finally {
          await session.close();
        }
      };
      exit(await orStopped(answering, session.close, terminal.interrupted));
    });
};

/** What a run prints is kept, and others may read it: values belong there only where somebody has chosen the file. */
function checkLog(terminal: Terminal, { output }: QueryOptions): void {
  if (output !== undefined || !isOnActions(terminal)) return;
  throw new TidemillError('config', 'query-into-log', 'Here the answer would stand in the log of the run', {
    hint: 'Write it to a file: --output FILE.',
  });
}

/** Blanks, comments and semicolons. */
const NOTHING = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*$/;

/** Throws kind `config` unless there is exactly one. */
async function statementOf(terminal: Terminal, sql: string | undefined, options: QueryOptions): Promise<string> {
  if (sql !== undefined && options.file !== undefined) throw notOneStatement('two');
  const text = await textOf(terminal, sql, options);
  if (NOTHING.test(text)) throw notOneStatement('no');
  return text;
}

const notOneStatement = (howMany: 'no' | 'two'): TidemillError =>
  new TidemillError('config', 'query-missing', `There are ${howMany} statements`, {
    hint: "Give one: `npx tidemill query 'SELECT …'`, `--file q.sql`, or - for the standard input.",
  });

async function textOf(terminal: Terminal, sql: string | undefined, { file }: QueryOptions): Promise<string> {
  if (file === undefined) return sql === '-' ? terminal.readInput() : (sql ?? '');
  try {
    return terminal.readFile(resolve(terminal.cwd, file));
  } catch (cause) {
    throw new TidemillError('config', 'query-file', `${file} cannot be read`, { hint: 'Is it there?', cause });
  }
}

async function tell(terminal: Terminal, whole: Answer, format: Format, options: QueryOptions): Promise<void> {
  const { stdout, interrupted } = terminal;
  let rows = 0;
  const portions = counted(whole.portions, interrupted, (more) => {
    rows += more;
  });
  const answer = { ...whole, portions };
  if (format === 'table') {
    const [width, most] = options.output === undefined ? [stdout.columns, MOST_ROWS] : [Infinity, Infinity];
    const text = await tableOf(answer, width, options.all ? Infinity : most);
    return options.output === undefined ? void stdout.write(text) : toFile(once(text));
  }
  const pieces = piecesOf(answer, format);
  if (options.output !== undefined) return toFile(pieces);
  // A document that is cut short by an error is none.
  if (format === 'json') return void stdout.write((await Array.fromAsync(pieces)).join(''));
  for await (const piece of pieces) stdout.write(piece);

  async function toFile(text: AsyncIterable<string>): Promise<void> {
    const file = resolve(terminal.cwd, options.output ?? '');
    await terminal.writeWholeFile(file, text);
    terminal.stderr.write(`${plural(rows, 'row')} in ${options.output}\n`);
  }
}

function formatOf({ stdout }: Terminal, { json, format, output }: QueryOptions): Format {
  if (json) return 'json';
  if (format !== undefined) return format;
  if (output !== undefined) return formatOfFile(output);
  return stdout.isLive ? 'table' : 'csv';
}

async function* counted<T>(
  portions: AsyncIterable<readonly T[]>,
  interrupted: AbortSignal,
  onRows: (more: number) => void,
): AsyncGenerator<readonly T[]> {
  for await (const portion of portions) {
    interrupted.throwIfAborted();
    onRows(portion.length);
    yield portion;
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** A warehouse may be busy for long: a person who has asked for the end does not wait for it. Answers the exit code. */
async function orStopped(
  answering: () => Promise<number>,
  stop: () => Promise<void>,
  interrupted: AbortSignal,
): Promise<number> {
  if (interrupted.aborted) return STOPPED;
  const stopped = new Promise<number>((end) => {
    const give = (): void => {
      void stop().catch(() => undefined);
      end(STOPPED);
    };
    interrupted.addEventListener('abort', give, { once: true });
  });
  return Promise.race([answering(), stopped]);
}
