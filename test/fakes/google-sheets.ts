/** Google Sheets v4, reading values: https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get */
import { type GoogleApi, type GoogleFake, startGoogle } from './google.ts';
import { SCOPES } from './google-accounts.ts';
import { badRequest, notFound } from './google-errors.ts';
import { type Parameters, wrongParameter } from './google-parameters.ts';
import type { Reply, SeenRequest } from './http-server.ts';

export type FakeCell = string | number | boolean | object;

export interface FakeSheet {
  readonly title: string;
  /** Rows and columns of the grid, also where nothing stands. */
  readonly rowCount: number;
  readonly columnCount: number;
  /** Cells of a row, counted from 0. */
  row(index: number): readonly FakeCell[];
}

export interface SheetsContents {
  readonly spreadsheetId: string;
  readonly sheets: readonly FakeSheet[];
  readonly namedRanges?: Readonly<Record<string, string>>;
  /** Answers lack their end. */
  readonly isCut?: boolean;
}

export const sheetsApi = (): GoogleApi<SheetsContents> => new SheetsApi();

export const startGoogleSheets = (): Promise<GoogleFake<SheetsContents>> => startGoogle('sheets', sheetsApi());

/** A sheet of rows that are there; as large as they are, or as a new one. */
export const sheetOf = (title: string, rows: readonly (readonly FakeCell[])[]): FakeSheet => ({
  title,
  rowCount: Math.max(100, rows.length),
  columnCount: 26,
  row: (index) => rows[index] ?? [],
});

const GET: Parameters = {
  majorDimension: /^(ROWS|COLUMNS|DIMENSION_UNSPECIFIED)$/,
  valueRenderOption: /^(FORMATTED_VALUE|UNFORMATTED_VALUE|FORMULA)$/,
  dateTimeRenderOption: /^(SERIAL_NUMBER|FORMATTED_STRING)$/,
};

const A1 = /^(?:(?:'((?:[^']|'')+)'|([^'!]+))!)?([A-Z]+)(\d+)?(?::([A-Z]+)(\d+)?)?$/;

const CELL = /^[A-Z]{1,3}\d+$/i;

interface Box {
  readonly sheet: FakeSheet;
  readonly columns: readonly [first: number, last: number];
  readonly rows: readonly [first: number, last: number];
}

class SheetsApi {
  readonly hasErrors = false;
  readonly scopeOf = () => SCOPES.spreadsheets;
  #contents: SheetsContents = { spreadsheetId: '', sheets: [] };

  publish(contents: SheetsContents): void {
    this.#contents = contents;
  }

  answer({ method, path, query }: SeenRequest): Reply | undefined {
    const [, id = '', encoded = ''] = /^\/v4\/spreadsheets\/([^/]+)\/values\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'GET') return undefined;
    if (encoded === '') return this.#spreadsheet(path, query);
    if (decodeURIComponent(id) !== this.#contents.spreadsheetId) return notFound;
    const wrong = wrongParameter(query, GET);
    if (wrong !== undefined) return wrong;
    const range = decodeURIComponent(encoded);
    const box = this.#box(this.#contents.namedRanges?.[range] ?? range);
    if (box === undefined) return badRequest(`Unable to parse range: ${range}`);
    if (box === 'beyond') return badRequest(`Range (${range}) exceeds grid limits.`);
    if (query['fields'] === 'range') return { json: { range: nameOf(box) } };
    if (query['fields'] !== undefined) return badRequest('Invalid field selection', 'fields');
    const json = { range: nameOf(box), majorDimension: 'ROWS', ...valuesOf(box, query) };
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    return this.#contents.isCut === true ? { headers, body: JSON.stringify(json).slice(0, -2) } : { json };
  }

  /** https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get */
  #spreadsheet(path: string, { fields, ...others }: SeenRequest['query']): Reply | undefined {
    const [, id] = /^\/v4\/spreadsheets\/([^/]+)$/.exec(path) ?? [];
    if (id === undefined) return undefined;
    if (decodeURIComponent(id) !== this.#contents.spreadsheetId) return notFound;
    const known = 'properties.title,sheets.properties.title,namedRanges.name';
    if (fields !== known || Object.keys(others).length > 0) return badRequest('Invalid field selection', 'fields');
    const { sheets, namedRanges } = this.#contents;
    const named = Object.keys(namedRanges ?? {}).map((name) => ({ name }));
    return {
      json: {
        properties: { title: 'A spreadsheet' },
        sheets: sheets.map(({ title }) => ({ properties: { title } })),
        ...(named.length === 0 ? {} : { namedRanges: named }),
      },
    };
  }

  /**
   * What a range means; the title of a sheet is all of it. Without quotes a title that could be a cell is one, of the first
   * sheet: https://github.com/robin900/gspread-dataframe/issues/54
   */
  #box(range: string): Box | 'beyond' | undefined {
    const whole = CELL.test(range) ? undefined : this.#sheet(range.replace(/^'(.*)'$/, '$1'));
    if (whole !== undefined) return { sheet: whole, columns: [1, whole.columnCount], rows: [1, whole.rowCount] };
    const [, quoted, plain, left = '', top, right, bottom] = A1.exec(range) ?? [];
    const sheet = this.#sheet(quoted?.replaceAll("''", "'") ?? plain ?? this.#contents.sheets[0]?.title ?? '');
    if (left === '' || sheet === undefined) return undefined;
    const isCell = right === undefined;
    const firstRow = Number(top ?? 1);
    if (firstRow > sheet.rowCount || numberOf(left) > sheet.columnCount) return 'beyond';
    const lastRow = isCell ? firstRow : Math.min(Number(bottom ?? sheet.rowCount), sheet.rowCount);
    const lastColumn = isCell ? numberOf(left) : Math.min(numberOf(right), sheet.columnCount);
    return { sheet, columns: [numberOf(left), lastColumn], rows: [firstRow, lastRow] };
  }

  #sheet(title: string): FakeSheet | undefined {
    return this.#contents.sheets.find((sheet) => sheet.title === title.replaceAll("''", "'"));
  }
}

/** Empty cells at the end of a row and empty rows at the end are left out. */
function valuesOf({ sheet, columns, rows }: Box, query: SeenRequest['query']): { values?: unknown[][] } {
  const isFormatted = query['valueRenderOption'] !== 'UNFORMATTED_VALUE';
  const values: unknown[][] = [];
  for (let row = rows[0]; row <= rows[1]; row += 1) {
    const cells = sheet.row(row - 1).slice(columns[0] - 1, columns[1]);
    const last = cells.findLastIndex((cell) => cell !== '');
    values.push(cells.slice(0, last + 1).map((cell) => (isFormatted ? String(cell) : cell)));
  }
  const last = values.findLastIndex((row) => row.length > 0);
  return last < 0 ? {} : { values: values.slice(0, last + 1) };
}

function nameOf({ sheet: { title }, columns, rows }: Box): string {
  const sheet = /^[A-Za-z_]\w*$/.test(title) ? title : `'${title.replaceAll("'", "''")}'`;
  const [first, last] = [`${letters(columns[0])}${rows[0]}`, `${letters(columns[1])}${rows[1]}`];
  return `${sheet}!${first === last ? first : `${first}:${last}`}`;
}

const numberOf = (name: string): number => [...name].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);

function letters(number: number): string {
  let name = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}
