import { type Http, jsonLine, type Lines, stream } from '@tidemill/kit';
import { asked, sentBy } from '@tidemill/kit/google';
import { z } from 'zod';
import { columnName, parseRange, type Range, rangeText, windowsOf } from './a1.ts';
import { cellsOf } from './cells.ts';
import { ValueRange, ValueRecord, ValueRow } from './schema.ts';

/** A sheet may have ten million cells and answers no pages, so it is read in pieces that memory never feels. */
const CELLS_AT_ONCE = 200_000;
const ROWS_AT_ONCE = 5_000;

/**
 * What could be a cell is one to Google, of the first sheet, also where a sheet is called so: `Q1` has no rows below it.
 * https://github.com/robin900/gspread-dataframe/issues/54
 */
const RangeName = z
  .string()
  .min(1)
  .regex(/^(?![A-Za-z]{1,3}\d+$)/, {
    error: `expected the title of a sheet in quotes of its own where it could be a cell, as in "'Q1'"; a cell is B2:B2`,
  });

const ValuesOptions = z.object({
  spreadsheet_id: z
    .string()
    .min(1)
    .describe('Identifier of the spreadsheet: what stands between `/d/` and `/edit` in its address.'),
  ranges: z
    .array(RangeName)
    .min(1)
    .describe(
      "Ranges in A1 notation (`Prices`, `'My sheet'!A1:F`) or named ranges; each has rows of its own. A title that could be a cell stands in quotes: `'Q1'`.",
    ),
  header: z
    .enum(['first_row', 'none'])
    .default('first_row')
    .describe('What the cells are called by: `first_row` of each range, or `none`: the letters of their columns.'),
  dates: z
    .enum(['serial', 'formatted'])
    .default('serial')
    .describe(
      'Dates and times as `serial`, days since 1899-12-30 and exact, or `formatted`, text as the sheet shows it.',
    ),
});
type ValuesOptions = z.output<typeof ValuesOptions>;

const rendering = {
  serial: 'SERIAL_NUMBER',
  formatted: 'FORMATTED_STRING',
} as const satisfies Record<ValuesOptions['dates'], string>;

/** Loaded with the first request: a plan does without. */
async function openReader(http: Http, { spreadsheet_id: spreadsheetId, dates }: ValuesOptions) {
  const { sheets } = await import('@googleapis/sheets');
  const { values } = sheets({ version: 'v4', ...sentBy(http, 'values') }).spreadsheets;
  return {
    /** The range as it is called with all its ends, whatever the job calls it. */
    async whole(range: string): Promise<Range> {
      const { value } = await asked(values.get({ spreadsheetId, range, fields: 'range' }), ValueRange);
      return parseRange(value.range);
    },
    rows: (range: Range) =>
      asked(
        values.get({
          spreadsheetId,
          range: rangeText(range),
          majorDimension: 'ROWS',
          valueRenderOption: 'UNFORMATTED_VALUE',
          dateTimeRenderOption: rendering[dates],
        }),
        ValueRange,
      ),
  };
}

const NO_CELLS: Uint8Array = Buffer.from('[]');

async function* recordsOf(http: Http, name: string, options: ValuesOptions): AsyncGenerator<Lines> {
  const reader = await openReader(http, options);
  const range = await reader.whole(name);
  const { sheet, firstColumn: column } = range;
  let header = options.header === 'none' ? NO_CELLS : undefined;
  for (const window of windowsOf(range, CELLS_AT_ONCE, ROWS_AT_ONCE)) {
    const { lines: written, url } = await reader.rows(window);
    const rows = written.map((values, index) => ({ row: window.firstRow + index, values }));
    header ??= rows.shift()?.values ?? NO_CELLS;
    const lines = rows.map(({ row, values }) => jsonLine({ sheet, range: name, row, column, header, values }));
    if (lines.length > 0) yield { lines, url };
  }
}

export const values = stream({
  name: 'values',
  description: 'Rows of a spreadsheet, with the values that its formulas have.',
  source: ValueRecord,
  row: ValueRow,
  preview: true,
  key: ['sheet', 'range_name', 'row_number'],
  write: 'upsert',
  scope: 'everything',
  end: 'one-answer',
  method: 'api_json',
  options: ValuesOptions,
  oauthScopes: ['https://www.googleapis.com/auth/spreadsheets.readonly'],
  examples: [
    {
      question: 'How many rows has each range?',
      sql: `SELECT sheet, range_name, count(*) AS number_of_rows
FROM google_sheets.values
GROUP BY sheet, range_name
ORDER BY sheet, range_name`,
    },
  ],
  async *extract({ http, options }) {
    for (const range of new Set(options.ranges)) yield* recordsOf(http, range, options);
  },
  toRow: (record) => {
    const cells = cellsOf(record);
    // An empty row between others is none.
    if (Object.keys(cells).length === 0) return [];
    const { sheet, row, column, range = columnName(column) } = record;
    return { sheet, range_name: range, row_number: row, cells };
  },
});
