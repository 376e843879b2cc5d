/** Where the rows of an answer go, and in which form. */
import { TidemillError } from '@tidemill/kit';
import type { Answer } from '../app/query.ts';
import { csvLine, ndjsonLine } from '../text/answer.ts';
import { count, plural } from '../text/format.ts';
import { cutTable, shownRows } from '../text/table.ts';

type Row = readonly (string | null)[];

export const FORMATS = ['table', 'csv', 'ndjson', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** By how a file is called. */
const ENDINGS: Readonly<Record<string, Format>> = { csv: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'json' };

/** CSV where the name has no ending. Throws `query-ending` for one that says something else. */
export function formatOfFile(file: string): Format {
  const ending = /(?<=[^./\\])\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? 'csv';
  const format = ENDINGS[ending];
  if (format !== undefined) return format;
  throw new TidemillError('config', 'query-ending', `An answer cannot be written as .${ending}`, {
    hint: `Let the name of the file end with .${Object.keys(ENDINGS).join(', .')}; or say how to write it: --format csv.`,
  });
}

/** The answer as text that other programs read, bit by bit. */
export async function* piecesOf(
  { columns, portions }: Answer,
  format: Exclude<Format, 'table'>,
): AsyncGenerator<string> {
  if (format === 'ndjson') checkNames(columns);
  const { head, line, between, tail } = formats[format];
  yield head(columns);
  let written = 0;
  for await (const rows of portions) {
    const lines = rows.map((row) => line(columns, row));
    if (lines.length > 0) yield `${written === 0 ? '' : between}${lines.join(between)}`;
    written += lines.length;
  }
  yield tail;
}

interface Written {
  readonly head: (columns: readonly string[]) => string;
  readonly line: (columns: readonly string[], row: Row) => string;
  readonly between: string;
  readonly tail: string;
}

const formats: Readonly<Record<Exclude<Format, 'table'>, Written>> = {
  csv: { head: csvLine, line: (_, row) => csvLine(row), between: '', tail: '' },
  ndjson: { head: () => '', line: ndjsonLine, between: '', tail: '' },
  json: {
    head: (columns) => `{\n  "columns": ${JSON.stringify(columns)},\n  "rows": [\n`,
    line: (_, row) => `    ${JSON.stringify(row)}`,
    between: ',\n',
    tail: '\n  ]\n}\n',
  },
};

function checkNames(columns: readonly string[]): void {
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new TidemillError('config', 'columns-not-distinct', `Two columns of the answer are called "${twice}"`, {
    hint: 'NDJSON tells columns by their names: give one another with AS.',
  });
}

/** For people: as many columns as fit into the width, and at most so many rows. */
export async function tableOf({ columns, portions }: Answer, width: number, most: number): Promise<string> {
  let rows: Row[] = [];
  for await (const portion of portions) {
    rows = rows.concat(portion);
    if (rows.length > most) break;
  }
  const shown = rows.slice(0, most);
  const { text, leftOut } = cutTable(columns, shownRows(shown), width);
  const room =
    leftOut.length === 0 ? [] : [`No room here for ${leftOut.join(', ')}: --output FILE has every column.\n`];
  const size =
    rows.length > most
      ? `The first ${count(most)} rows; there are more: --all shows them, --output FILE keeps them.\n`
      : `${plural(shown.length, 'row')}\n`;
  return [`${text}\n\n`, ...room, size].join('');
}
