/** CSV, as https://www.rfc-editor.org/rfc/rfc4180 and those have it who never read that. */
import { type CsvError, type Parser, parse } from 'csv-parse';
import { isEmpty, notSound, recordTooLarge } from './faults.ts';
import type { JobOptions } from './options.ts';
import { MOST_IN_RECORD, OWN_FIELDS, type Place, placed, unfit } from './records.ts';

type Options = Pick<JobOptions, 'delimiter' | 'quote' | 'header' | 'repeated_header' | 'skip_rows' | 'null_values'>;

/** The first so many signs say what stands between cells. */
const SAMPLE = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];

/** A row, or what is none where one should be. */
type Row = { readonly cells: readonly string[] } | { readonly fault: string; readonly text: string };

export async function* csvRecords(
  texts: AsyncIterable<string>,
  options: Options,
  file: string,
): AsyncGenerator<unknown> {
  const { header, null_values, repeated_header } = options;
  const nulls = new Set(null_values);
  let names = Array.isArray(header) ? namesOf(header, file) : undefined;
  let first: readonly string[] | undefined;
  let row = 0;
  for await (const found of rowsOf(texts, options, file)) {
    if (names === undefined && 'fault' in found) throw notSound(file, `has no header that can be read: ${found.fault}`);
    if (names === undefined && header === true && 'cells' in found) {
      first = found.cells;
      names = namesOf(found.cells, file);
      continue;
    }
    if ('cells' in found) names ??= found.cells.map((_, index) => `column_${index + 1}`);
    const isAgain = first !== undefined && 'cells' in found && isSame(found.cells, first);
    if (isAgain && repeated_header === 'skip') continue;
    row += 1;
    const place: Place = { file, row };
    if ('fault' in found) yield unfit(found.fault, { text: found.text }, place);
    else if (isAgain) yield unfit('a record, and not the header again', { cells: found.cells }, place);
    else yield recordOf(found.cells, names ?? [], nulls, place);
  }
  if (names === undefined && header === true) throw isEmpty(file);
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((cell, index) => cell === other[index]);

function recordOf(cells: readonly string[], names: readonly string[], nulls: ReadonlySet<string>, place: Place) {
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
function namesOf(cells: readonly string[], file: string): string[] {
  const names = cells.map((cell, index) => (cell.trim() === '' ? `column_${index + 1}` : cell));
  const [twice] = names.filter((name, index) => names.indexOf(name) < index);
  const own = OWN_FIELDS.find((name) => names.includes(name));
  if (twice === undefined && own === undefined) return names;
  // The names of columns are no secret: a person needs them to mend it.
  const what =
    twice === undefined ? `a column called ${own}, which is ours` : `two columns called ${twice.slice(0, 60)}`;
  throw notSound(file, `has ${what}: give their names with \`header: [...]\` and leave out its own with \`skip_rows\``);
}

async function* rowsOf(texts: AsyncIterable<string>, options: Options, file: string): AsyncGenerator<Row> {
  const rows: Row[] = [];
  let parser: Parser | undefined;
  let sample = '';
  const taken = function* (): Generator<Row> {
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

/** All of it is parsed while it is written, and what comes of it lies in `rows`: in the order of the file, faults too. */
function parserOf({ delimiter, quote, skip_rows }: Options, sample: string, rows: Row[]): Parser {
  const own = delimiter ?? delimiterOf(sample, quote, skip_rows);
  const parser = parse({
    delimiter: own,
    quote: quote === '' ? null : quote,
    from_line: skip_rows + 1,
    relax_column_count: true,
    max_record_size: MOST_IN_RECORD,
    skip_records_with_error: true,
    raw: false,
    on_record: (cells: string[]) => {
      if (!isBlank(cells)) rows.push({ cells });
      return null;
    },
    on_skip: (error, text) => {
      if (error !== undefined) rows.push({ fault: expectedBy(error), text: text ?? '' });
      return undefined;
    },
  });
  // It is looked for where the pieces are written.
  parser.on('error', () => {});
  parser.resume();
  return parser;
}

/** A line with nothing on it. */
const isBlank = (cells: readonly string[]): boolean => cells.length === 1 && cells[0] === '';

const ended = (parser: Parser, last: string): Promise<void> =>
  new Promise((resolve) => {
    parser.on('close', resolve);
    if (last !== '') parser.write(last);
    parser.end();
  });

function expectedBy({ code }: CsvError): string {
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a delimiter behind the quote that ends a cell';
  if (code === 'INVALID_OPENING_QUOTE') return 'quotes around a cell, and not in the middle of one';
  return `a row of cells (${code})`;
}

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
