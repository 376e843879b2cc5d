import { serviceContract } from '../../test/contracts/service.ts';
import { type FakeCell, type SheetsContents, sheetOf, startGoogleSheets } from '../../test/fakes/google-sheets.ts';

const spreadsheetId = 'spreadsheet-1';
const header = ['name', 'price', 'bought on', 'name', '', 'good'];
const row = (number: number, ...more: FakeCell[]): FakeCell[] => [
  `Thing ${number}`,
  number / 4,
  45_980 + number,
  ...more,
];
const notes = sheetOf('Notes', [['Written on'], ['Monday']]);

const are = (...rows: readonly FakeCell[][]): SheetsContents => ({
  spreadsheetId,
  sheets: [sheetOf('My prices', [header, ...rows]), notes],
});
const all = [row(1), row(2, 'Second', 'no header', true), row(3, '#DIV/0!')];

await serviceContract('google_sheets', {
  module: new URL('./index.ts', import.meta.url),
  open: startGoogleSheets,
  streams: {
    values: {
      options: { spreadsheet_id: spreadsheetId, ranges: ["'My prices'!A:F", 'Notes'] },
      first: { contents: are(...all), rows: 4 },
      news: { contents: are(...all, row(4)), rows: 5 },
      late: { contents: are(row(0), ...all), rows: 5 },
      edited: { contents: are(row(9), ...all.slice(1)), rows: 4 },
      deleted: { contents: are(...all.slice(1)), rows: 3 },
      cut: { ...are(...all), isCut: true },
      empty: {
        contents: { spreadsheetId, sheets: [sheetOf('My prices', []), sheetOf('Notes', [])] },
        rows: 0,
      },
      without: { contents: are(['Thing 1'], ...all.slice(1)), rows: 4 },
      retyped: { contents: are(['Thing 1', { type: 'ErrorValue' }], ...all.slice(1)), rows: 3 },
      cannot: {
        'killed-midway':
          'Of a run that is killed while it reads a sheet nothing is kept: rows have numbers, and by the next run they may have moved.',
      },
      many: (records) => ({
        contents: {
          spreadsheetId,
          sheets: [
            {
              title: 'My prices',
              rowCount: records + 1,
              columnCount: 26,
              row: (index) => (index === 0 ? header : row(index, 'Second', '', true)),
            },
            sheetOf('Notes', []),
          ],
        },
        rows: records,
      }),
    },
  },
});
