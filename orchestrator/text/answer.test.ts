import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvLine, ndjsonLine } from './answer.ts';

/** RFC 4180, read one character after the other; a field without quotes and characters is NULL. */
function parsed(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string | null = null;
    if (text[at] === '"') {
      field = '';
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (text[at] === '"') at += 1;
        field += text[at];
      }
      at += 1;
    } else while (![',', '\r'].includes(text[at] ?? '\r')) field = `${field ?? ''}${text[at++]}`;
    row.push(field);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    expect(text.slice(at, at + 2)).toBe('\r\n');
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

const value = fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', ' ', '\ufeff', 'é', '😀') }));
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width })));

it('CSV gives every value back to whoever reads it, and tells NULL from the empty text', () => {
  expect(csvLine(['a', null, '', 'say "x", y', ' b'])).toBe('a,,"","say ""x"", y"," b"\r\n');
  fc.assert(
    fc.property(table, (rows) => {
      expect(parsed(rows.map(csvLine).join(''))).toEqual(rows);
    }),
  );
});

it('NDJSON keeps the order of the columns, whatever they are called', () => {
  const line = ndjsonLine(['b', '10', '__proto__', '9'], ['x\n', null, '', '1']);
  expect(line).toBe('{"b":"x\\n","10":null,"__proto__":"","9":"1"}\n');
});
