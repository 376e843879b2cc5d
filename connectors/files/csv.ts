/** CSV, as https://www.rfc-editor.org/rfc/rfc4180 and those have it who never read that. */
import { type Parser, parse } from 'csv-parse';
import { isEmpty, notSound, recordTooLarge } from './faults.ts';
import type { JobOptions } from './options.ts';
import { MOST_IN_RECORD, OWN_FIELDS, type Place, placed, unfit } from './records.ts';

type Options = Pick<JobOptions, 'delimiter' | 'quote' | 'header' | 'repeated_header' | 'skip_rows' | 'null_values'>;

/** The first so many signs say what stands between cells. */
const SAMPLE = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];

type Cells = readonly string[];

export async function* csvRecords(
  texts: AsyncIterable<string>,
  options: Options,
  file: string,
): AsyncGenerator<unknown> {
  const { header, null_values, repeated_header } = options;
  const nulls = new Set(null_values);
  let names = Array.isArray(header) ? namesOf(header, file) : undefined;
  let first: Cells | undefined;
  let row = 0;
  for await (const cells of rowsOf(texts, options, file)) {
    if (names === undefined && header === true) {
      first = cells;
      names = namesOf(cells, file);
      continue;
    }
    names ??= cells.map((_, index) => `column_${index + 1}`);
    const isAgain = first !== undefined && isSame(cells, first);
    if (isAgain && repeated_header === 'skip') continue;
    row += 1;
    const place: Place = { file, row };
    if (isAgain) yield unfit('a record, and not the header again', { cells }, place);
    else yield recordOf(cells, names, nulls, place);
  }
  if (names === undefined && header === true) throw isEmpty(file);
}

const isSame = (one: Cells, other: Cells): boolean =>
  one.length === other.length && one.every((cell, index) => cell === other[index]);

function recordOf(cells: Cells, names: readonly string[], nulls: ReadonlySet<string>, place: Place) {
  if (cells.length !== names.length) {
    return unfit(`as many cells as there are columns, ${names.length}, and not ${cells.length}`, { cells }, place);
  }
  const fields = names.map((name, index): [string, unknown] => {
    const cell = cells[index] ?? '';
    return [name, nulls.has(cell) ? null : cell];
  });
  return placed(Object.fromEntries(fields), place);
}

/** A cell of the header without a word is called by its number. */
function namesOf(cells: Cells, file: string): string[] {
  const names = cells.map((cell, index) => (cell.trim() === '' ? `column_${index + 1}` : cell));
  const [twice] = names.filter((name, index) => names.indexOf(name) < index);
  const own = OWN_FIELDS.find((name) => names.includes(name));
  if (twice === undefined && own === undefined) return names;
  // The names of columns are no secret: a person needs them to mend it.
  const what =
    twice === undefined ? `a column called ${own}, which is ours` : `two columns called ${twice.slice(0, 60)}`;
  throw notSound(file, `has ${what}: give their names with \`header: [...]\` and leave out its own with \`skip_rows\``);
}

async function* rowsOf(texts: AsyncIterable<string>, options: Options, file: string): AsyncGenerator<Cells> {
  const rows: Cells[] = [];
  let parser: Parser | undefined;
  let sample = '';
  const taken = function* (): Generator<Cells> {
    const { errored } = parser as Parser;
    // Rows before a fault are not handed on: the file is none.
    if (errored !== null && errored !== undefined) throw faultIn(errored, file);
    yield* rows.splice(0);
  };
  for await (const text of texts) {
    if (parser === undefined) {
      sample += text;
      if (sample.length < SAMPLE) continue;
    }
    parser ??= parserOf(options, sample, rows);
    parser.write(sample === '' ? text : sample);
    sample = '';
    yield* taken();
  }
  parser ??= parserOf(options, sample, rows);
  await ended(parser, sample);
  yield* taken();
}

/** All of it is parsed while it is written, and what comes of it lies in `rows`. */
function parserOf({ delimiter, quote, skip_rows }: Options, sample: string, rows: Cells[]): Parser {
  const own = delimiter ?? delimiterOf(sample, quote, skip_rows);
  const parser = parse({
    delimiter: own,
    quote: quote === '' ? null : quote,
    from_line: skip_rows + 1,
    relax_column_count: true,
    max_record_size: MOST_IN_RECORD,
    // A quote in the middle of a cell is a sign as any other, as are those around one that has text behind them.
    relax_quotes: true,
    on_record: (cells: string[]) => {
      if (!isBlank(cells)) rows.push(cells);
      return null;
    },
  });
  // It is looked for where the pieces are written.
  parser.on('error', () => {});
  parser.resume();
  return parser;
}

/** A line with nothing on it. */
const isBlank = (cells: Cells): boolean => cells.length === 1 && cells[0] === '';

const ended = (parser: Parser, last: string): Promise<void> =>
  new Promise((resolve) => {
    parser.on('close', resolve);
    if (last !== '') parser.write(last);
    parser.end();
  });

function faultIn(error: Error & { readonly code?: unknown }, file: string): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return recordTooLarge(file, MOST_IN_RECORD);
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return notSound(file, 'ends inside a cell that begins with a quote');
  return notSound(file, `is no CSV (${String(error.code ?? error.name)})`);
}

/** Of those that stand in each of the first lines the one that stands there most often; a comma where there is none. */
function delimiterOf(sample: string, quote: string, skipped: number): string {
  const outside = quote === '' ? sample : withoutQuoted(sample, quote);
  const lines = outside.split(/\r\n|\n|\r/).slice(skipped);
  // The last one may be cut off.
  const whole = lines
    .slice(0, Math.max(1, lines.length - 1))
    .filter((line) => line !== '')
    .slice(0, 20);
  const counted = DELIMITERS.map((delimiter) => {
    const counts = whole.map((line) => line.split(delimiter).length - 1);
    const [first = 0] = counts;
    const alike = counts.filter((count) => count === first).length;
    return { delimiter, first, alike: first === 0 ? 0 : alike };
  });
  const [best] = counted.sort((one, other) => other.alike - one.alike || other.first - one.first);
  return best === undefined || best.first === 0 ? ',' : best.delimiter;
}

function withoutQuoted(text: string, quote: string): string {
  const parts = text.split(quote);
  return parts.filter((_, index) => index % 2 === 0).join('');
}
