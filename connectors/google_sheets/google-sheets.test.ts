import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { onTrial, type Subject, type Trial } from '../../test/contracts/connector-trial.ts';
import type { GoogleFake } from '../../test/fakes/google.ts';
import { apiDisabled, notShared, officeFile, scopeMissing, withoutErrors } from '../../test/fakes/google-errors.ts';
import { type FakeCell, type SheetsContents, sheetOf, startGoogleSheets } from '../../test/fakes/google-sheets.ts';
import type { Reply } from '../../test/fakes/http-server.ts';
import { columnName, parseRange, rangeText, windowsOf } from './a1.ts';
import connector from './index.ts';
import { values } from './streams.ts';

const NOTHING = { contents: { spreadsheetId: '', sheets: [] }, rows: 0 };

interface Scene {
  readonly trial: Trial;
  readonly source: GoogleFake<SheetsContents>;
  /** What the next runs load the connector from. */
  use(module: URL): void;
}

const MODULE = new URL('./index.ts', import.meta.url);

/** A spreadsheet, and a job with these options. */
async function withSheet(
  contents: Omit<SheetsContents, 'spreadsheetId'>,
  options: object,
  check: (scene: Scene) => Promise<void>,
): Promise<void> {
  let source: GoogleFake<SheetsContents> | undefined;
  const open = async (): Promise<GoogleFake<SheetsContents>> => {
    source = await startGoogleSheets();
    return source;
  };
  const spreadsheet_id = 'sheet/1';
  const trial = { options: { spreadsheet_id, ...options }, first: NOTHING, later: NOTHING, malformed: NOTHING };
  const subject = { module: MODULE, connector, stream: values, trial, open };
  await onTrial(subject as unknown as Subject, async (trial) => {
    await trial.publish({ spreadsheetId: spreadsheet_id, ...contents });
    const use = (module: URL): void => void Object.assign(subject, { module });
    await check({ trial, source: source as GoogleFake<SheetsContents>, use });
  });
}

/** The connector as it was when a sheet had one row for all ranges. */
async function withoutRanges(): Promise<URL> {
  const file = join(await mkdtemp(join(tmpdir(), 'tidemill-sheets-')), 'index.mjs');
  onTestFinished(() => rm(dirname(file), { recursive: true }));
  const lines = [
    `import now from ${JSON.stringify(MODULE.href)};`,
    'const [values] = now.streams;',
    'const row = values.row.omit({ range_name: true });',
    "const before = { ...values, row, key: ['sheet', 'row_number'] };",
    'export default { ...now, streams: [before] };',
  ];
  await writeFile(file, lines.join('\n'));
  return pathToFileURL(file);
}

/** Row numbers and cells, in order. */
async function cellsIn(trial: Trial): Promise<unknown[]> {
  const { rows } = await trial.query('SELECT row_number, cells FROM google_sheets.values ORDER BY row_number');
  return rows.map(([number, cells]) => [Number(number), JSON.parse(cells ?? '')]);
}

const sheet = (...rows: readonly FakeCell[][]) => ({ sheets: [sheetOf("Bob's sheet", rows)] });
const RANGES = { ranges: ["Bob's sheet"] };

describe('values', () => {
  it('calls cells by the header; without a word by their letters, and a second time with a number', () =>
    withSheet(
      sheet(['name', 'name', '', ' price ', 'C', 5], ['a', 'b', 'c', 1.5, true, 6, 'beyond']),
      RANGES,
      async ({ trial }) => {
        await trial.runs();
        const cells = { name: 'a', name_2: 'b', C: 'c', price: 1.5, C_2: true, 5: 6, G: 'beyond' };
        expect(await cellsIn(trial)).toEqual([[2, cells]]);
      },
    ));

  it('leaves empty cells out, and rows without any', () =>
    withSheet(sheet(['a', 'b'], ['', 'x'], [], ['', ''], ['y']), RANGES, async ({ trial }) => {
      const { totals } = await trial.runs();
      expect(totals).toMatchObject({ records: 4, rows: 2, rejected: 0 });
      expect(await cellsIn(trial)).toEqual([
        [2, { b: 'x' }],
        [5, { a: 'y' }],
      ]);
    }));

  it('numbers rows as the sheet does, whatever the range', () =>
    withSheet(
      { ...sheet([], [], ['', 'h'], ['', 'x'], ['', 'y']), namedRanges: { Things: "'Bob''s sheet'!B3:B4" } },
      { ranges: ['Things'] },
      async ({ trial }) => {
        await trial.runs();
        expect(await cellsIn(trial)).toEqual([[4, { h: 'x' }]]);
      },
    ));

  it('keeps the rows of ranges that stand side by side, or have cells in common', async () => {
    const things = sheet(['name', 'price', '', 'town'], ['a', 1, '', 'Bonn'], ['b', 2, '', 'Ulm']);
    const ranges = ["'Bob''s sheet'!A:B", "'Bob''s sheet'!D:D", 'Names'];
    const named = { ...things, namedRanges: { Names: "'Bob''s sheet'!A1:A2" } };
    await withSheet(named, { ranges }, async ({ trial }) => {
      expect((await trial.runs()).totals).toMatchObject({ rows: 5, inserted: 5, duplicates: 0 });
      const { rows } = await trial.query(
        'SELECT range_name, row_number, cells FROM google_sheets.values ORDER BY range_name, row_number',
      );
      expect(rows).toEqual([
        [ranges[0], '2', '{"name":"a","price":1}'],
        [ranges[0], '3', '{"name":"b","price":2}'],
        [ranges[1], '2', '{"town":"Bonn"}'],
        [ranges[1], '3', '{"town":"Ulm"}'],
        ['Names', '2', '{"name":"a"}'],
      ]);
      expect((await trial.runs({ at: 'later' })).totals).toMatchObject({ rows: 5, unchanged: 5 });
    });
  });

  it.each(['incremental', 'replay'] as const)('takes the place of rows without a range: %s', async (mode) => {
    const before = await withoutRanges();
    await withSheet(sheet(['a'], ['x'], ['y']), RANGES, async ({ trial, use }) => {
      use(before);
      expect((await trial.runs()).totals).toMatchObject({ inserted: 2 });
      use(MODULE);
      expect((await trial.runs({ at: 'later', mode })).totals).toMatchObject({ inserted: 2, deleted: 2 });
      const { rows } = await trial.query('SELECT range_name, row_number FROM google_sheets.values ORDER BY row_number');
      expect(rows).toEqual([
        [RANGES.ranges[0], '2'],
        [RANGES.ranges[0], '3'],
      ]);
    });
  });

  it('makes rows of records that do not say their range yet, and keeps those apart, too', () => {
    const record = { sheet: 'Prices', row: 2, header: ['name'], values: ['a'] };
    const rows = [1, 4].map((column) => values.toRow({ ...record, column }));
    expect(rows).toMatchObject([{ range_name: 'A' }, { range_name: 'D' }]);
  });

  it('without a header takes every row, and asks for dates as the job wants them', () =>
    withSheet(sheet(['a', 1]), { ...RANGES, header: 'none', dates: 'formatted' }, async ({ trial, source }) => {
      await trial.runs();
      expect(await cellsIn(trial)).toEqual([[1, { A: 'a', B: 1 }]]);
      expect(source.seen.at(-1)?.query).toMatchObject({
        valueRenderOption: 'UNFORMATTED_VALUE',
        dateTimeRenderOption: 'FORMATTED_STRING',
      });
    }));

  it('keeps the header over the pieces that a long sheet is read in', () =>
    withSheet(
      sheet(['n'], ...Array.from({ length: 10_001 }, (_, index) => [index])),
      RANGES,
      async ({ trial, source }) => {
        await trial.runs();
        expect(source.seen).toHaveLength(1 + 3);
        const { rows } = await trial.query(
          `SELECT count(*), min(row_number), max(row_number), count(DISTINCT cells->>'n') FROM google_sheets.values`,
        );
        expect(rows).toEqual([['10001', '2', '10002', '10001']]);
      },
    ));

  it('keeps integers beyond 2^53 as they came', () =>
    withSheet(sheet(), RANGES, async ({ trial, source }) => {
      const body = `{"range":"A!A1:A2","values":[["n"],[12345678901234567890]]}`;
      source.disturb({ after: 1, status: 200, body });
      await trial.runs();
      const { rows } = await trial.query(`SELECT cells->>'n' FROM google_sheets.values`);
      expect(rows).toEqual([['12345678901234567890']]);
    }));

  it('takes a title that could be a cell for one only where it stands in quotes', async () => {
    const quarters = { sheets: [sheetOf('Notes', [['n'], ['x']]), sheetOf('Q1', [['n'], ['y'], ['z']])] };
    await withSheet(quarters, { ranges: ["'Q1'"] }, async ({ trial }) => {
      await trial.runs();
      expect(await cellsIn(trial)).toEqual([
        [2, { n: 'y' }],
        [3, { n: 'z' }],
      ]);
    });
    const check = (...ranges: string[]) => values.options?.safeParse({ spreadsheet_id: 'x', ranges });
    expect(check("'Q1'", 'B2:B2', 'Notes!A1', 'CRM2026x')?.success).toBe(true);
    for (const range of ['Q1', 'crm26'])
      expect(check(range)?.error?.issues).toMatchObject([
        { path: ['ranges', 0], message: expect.stringContaining(`"'Q1'"`) },
      ]);
  });

  it('says which option is wrong when there is no such range or spreadsheet', async () => {
    await withSheet(sheet(), { ranges: ['Prices'] }, async ({ trial }) => {
      const { failure } = await trial.run();
      expect(failure).toMatchObject({
        kind: 'config',
        code: 'google-range',
        hint: expect.stringContaining('`ranges`'),
      });
    });
    await withSheet(sheet(), { ...RANGES, spreadsheet_id: 'another' }, async ({ trial }) => {
      expect((await trial.run()).failure).toMatchObject({ kind: 'config', code: 'google-not-found' });
    });
  });

  it.each<[string, Reply, object]>([
    ['an API that is switched off', apiDisabled, { kind: 'config', code: 'google-disabled' }],
    ['a scope that nobody agreed to', scopeMissing, { kind: 'auth', code: 'google-scope' }],
    ['a spreadsheet that is not shared', notShared, { kind: 'auth', code: 'google-forbidden' }],
    ['an Excel file', officeFile, { kind: 'config', code: 'google-not-a-spreadsheet' }],
  ])('says who must act: %s', (_, refusal, expected) =>
    withSheet(sheet(['a'], ['b']), RANGES, async ({ trial, source }) => {
      const { status = 0, json } = withoutErrors(refusal);
      source.disturb({ after: 0, status, body: JSON.stringify(json), times: 9 });
      expect((await trial.run()).failure).toMatchObject(expected);
    }),
  );
});

describe('ranges', () => {
  it.each([
    ['Prices!A1:Z1000', { sheet: 'Prices', firstColumn: 1, lastColumn: 26, firstRow: 1, lastRow: 1000 }],
    ["'Bob''s sheet'!AA3:AB4", { sheet: "Bob's sheet", firstColumn: 27, lastColumn: 28, firstRow: 3, lastRow: 4 }],
    ['Prices!C7', { sheet: 'Prices', firstColumn: 3, lastColumn: 3, firstRow: 7, lastRow: 7 }],
  ])('are read as Google writes them: %s', (text, range) => {
    expect(parseRange(text)).toEqual(range);
    expect(parseRange(rangeText(range))).toEqual(range);
  });

  it('without ends are refused', () => {
    expect(() => parseRange('Prices!A:B')).toThrow(expect.objectContaining({ kind: 'source-changed' }));
  });

  it('name columns as far as a sheet has them', () => {
    expect([1, 26, 27, 52, 53, 702, 703, 18_278].map(columnName)).toEqual([
      'A',
      'Z',
      'AA',
      'AZ',
      'BA',
      'ZZ',
      'AAA',
      'ZZZ',
    ]);
  });

  it('are cut into pieces without a gap, smaller ones when they are wide', () => {
    const range = { sheet: 'A', firstColumn: 1, lastColumn: 10, firstRow: 2, lastRow: 12 };
    const rowsOf = (cells: number): (readonly number[])[] =>
      [...windowsOf(range, cells, 5)].map(({ firstRow, lastRow }) => [firstRow, lastRow]);
    expect(rowsOf(1000)).toEqual([
      [2, 6],
      [7, 11],
      [12, 12],
    ]);
    expect(rowsOf(40)).toEqual([
      [2, 5],
      [6, 9],
      [10, 12],
    ]);
    expect(rowsOf(1)).toHaveLength(11);
  });
});
