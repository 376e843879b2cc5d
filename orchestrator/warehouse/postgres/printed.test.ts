import { expect, it } from 'vitest';
import { asText } from './printed.ts';
import { copyRow } from './stage.ts';

const [BOOLEAN, TEXT, TIMESTAMP, TIMESTAMPTZ] = [16, 25, 1114, 1184];

it.each([
  ['t', BOOLEAN, 'true'],
  ['f', BOOLEAN, 'false'],
  ['t', TEXT, 't'],
  ['2026-01-01 12:00:00.25+00', TIMESTAMPTZ, '2026-01-01T12:00:00.25Z'],
  ['0001-01-01 00:00:00+00', TIMESTAMPTZ, '0001-01-01T00:00:00Z'],
  ['infinity', TIMESTAMPTZ, 'infinity'],
  ['0044-03-15 12:00:00+00 BC', TIMESTAMPTZ, '0044-03-15 12:00:00+00 BC'],
  ['10000-01-01 00:00:00+00', TIMESTAMPTZ, '10000-01-01 00:00:00+00'],
  ['2026-01-01 12:00:00', TIMESTAMP, '2026-01-01T12:00:00'],
  ['2026-01-01 12:00:00+00', TEXT, '2026-01-01 12:00:00+00'],
])('%j of type %i is told as %j', (printed, type, told) => {
  expect(asText(printed, type)).toBe(told);
});

it('a row is a line of COPY: its own ends and tabs are escaped, and NULL is no text', () => {
  const values = ['a\tb\nc\\d\re', null, '\\N', ''];
  const row = { values, bronzeObjectPath: 'bronze/x', bronzeLine: 7, sourceUrl: 'https://x' };
  const origin = 'bronze/x\t7\thttps://x';
  expect(copyRow(row, 3, 'f00', 1)).toBe(`a\\tb\\nc\\\\d\\re\t\\N\t\\\\N\t\t${origin}\t\\N\t3\tf00\t1\n`);
  expect(copyRow({ ...row, values: ['1'], isDeletion: true }, 0, 'f00', 0)).toBe(`1\t${origin}\ttrue\t0\tf00\t0\n`);
});
