/** What Google Sheets answers (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values) and the silver row. */
import { integer, jsonb, recordsHere, text } from '@tidemill/kit';
import { z } from 'zod';

/** A range that was read. Empty cells and rows at its end are left out, and without any value so is `values`. */
export const ValueRange = z.object({ range: z.string(), values: recordsHere().optional() });

const Cell = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.null()]);

/** A row as Google gave it, with what says where it stands and what its cells are called. */
export const ValueRecord = z.object({
  /** Title of the sheet. */
  sheet: z.string(),
  /** The range as the job names it. Older records do not say it: for them stands the column it begins in. */
  range: z.string().optional(),
  /** Number of the row in the sheet, counted from 1. */
  row: z.int(),
  /** Number of the first cell's column, counted from 1. */
  column: z.int(),
  /** Cells of the range's first row, or none when it is a row like the others. */
  header: z.array(Cell),
  values: z.array(Cell),
});

export const ValueRow = z.object({
  sheet: text().describe('Title of the sheet.'),
  range_name: text().describe(
    'Range the row was read from, as the job names it: several may have cells in one row of a sheet.',
  ),
  row_number: integer().describe('Number of the row in the sheet, counted from 1 as Google Sheets shows it.'),
  cells: jsonb().describe(
    'Object of the cells in the range that are not empty, by their names: those of the header row, or letters of columns. Text, numbers and booleans.',
  ),
});
