/** What a file may be, and what is made of it: records with their places, rejects, or an error that says what is wrong with all of it. */
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Member, zipOf } from '../../test/fakes/zip.ts';
import { JobOptions } from './options.ts';
import { recordsOf } from './parse.ts';
import { faultOf } from './records.ts';
import { plainFiles } from './unpack.ts';

type Written = string | Uint8Array | AsyncIterable<Uint8Array>;

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const piecesOf = (content: Written, size: number): AsyncIterable<Uint8Array> =>
  Symbol.asyncIterator in Object(content)
    ? (content as AsyncIterable<Uint8Array>)
    : inPieces(Buffer.from(content as string), size);

async function read(name: string, content: Written, options: object = {}, size = 7): Promise<unknown[]> {
  const file = { name, contentType: 'application/octet-stream', bytes: piecesOf(content, size) };
  const records: unknown[] = [];
  for await (const record of recordsOf(file, JobOptions.parse({ files: name, ...options }))) records.push(record);
  // As they are printed: numbers keep their digits.
  return JSON.parse(JSON.stringify(records));
}

/** Without where they stand. */
const fieldsIn = (records: readonly unknown[]): unknown[] =>
  records.map((record) => {
    const { _file, _row, ...fields } = record as Record<string, unknown>;
    return fields;
  });

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const TWO = [
  { id: '1', name: 'Ann' },
  { id: '2', name: 'Bo' },
];
const CSV = 'id,name\n1,Ann\n2,Bo\n';

describe('records of', () => {
  it.each<[what: string, name: string, content: Written, options: object, fields: readonly unknown[]]>([
    ['CSV', 'a.csv', CSV, {}, TWO],
    ['CSV with CRLF, a mark, and no line break at its end', 'a.csv', '\ufeffid,name\r\n1,Ann\r\n2,Bo', {}, TWO],
    ['CSV with empty lines', 'a.csv', 'id,name\n\n1,Ann\n\n2,Bo\n\n', {}, TWO],
    ['semicolons', 'a.csv', CSV.replaceAll(',', ';'), {}, TWO],
    ['tabs', 'a.tsv', CSV.replaceAll(',', '\t'), {}, TWO],
    ['semicolons beside commas of decimals', 'a.csv', 'a;b\n1,5;2,5\n', {}, [{ a: '1,5', b: '2,5' }]],
    ['delimiters inside quotes', 'a.csv', 'a;b\n"1,2,3";x\n', {}, [{ a: '1,2,3', b: 'x' }]],
    ['a delimiter of several signs', 'a.csv', 'a||b\n1||2\n', { delimiter: '||' }, [{ a: '1', b: '2' }]],
    ['quotes', 'a.csv', 'a,b\n"x, ""y""\r\nz",2\n', {}, [{ a: 'x, "y"\r\nz', b: '2' }]],
    ['other quotes', 'a.csv', "a,b\n'1,2',3\"\n", { quote: "'" }, [{ a: '1,2', b: '3"' }]],
    ['inches', 'a.csv', 'a,b\n5" pipe,2\n', { quote: '' }, [{ a: '5" pipe', b: '2' }]],
    [
      'quotes in a cell, and text behind them',
      'a.csv',
      'a,b\n5" pipe,"x"y\n1,2\n',
      {},
      [
        { a: '5" pipe', b: '"x"y' },
        { a: '1', b: '2' },
      ],
    ],
    [
      'windows-1252',
      'a.csv',
      Buffer.from('a,b\n\x80,\xdf\n', 'latin1'),
      { encoding: 'windows-1252' },
      [{ a: '€', b: 'ß' }],
    ],
    ['UTF-16', 'a.csv', utf16('a,b\n€,ß\n'), { encoding: 'latin1' }, [{ a: '€', b: 'ß' }]],
    ['no header', 'a.csv', '1,Ann\n', { header: false }, [{ column_1: '1', column_2: 'Ann' }]],
    ['names given', 'a.csv', '1,Ann\n2,Bo\n', { header: ['id', 'name'] }, TWO],
    ['lines before the header', 'a.csv', `Export\nof today\n${CSV}`, { skip_rows: 2 }, TWO],
    [
      'the header twice',
      'a.csv',
      `${CSV}id,name\n3,Cy\n`,
      { repeated_header: 'skip' },
      [...TWO, { id: '3', name: 'Cy' }],
    ],
    ['a column without a name', 'a.csv', 'id,\n1,x\n', {}, [{ id: '1', column_2: 'x' }]],
    ['no value', 'a.csv', 'a,b,c\n,"",NA\n', { null_values: ['', 'NA'] }, [{ a: null, b: null, c: null }]],
    ['a header and nothing else', 'a.csv', 'id,name\n', {}, []],
    ['gzip, whatever it is called', 'a.csv', gzipSync(CSV), {}, TWO],
    ['gzip, by its name', 'a.csv.gz', gzipSync(CSV), {}, TWO],
    ['JSON', 'a.json', JSON.stringify(TWO), {}, TWO],
    [
      'JSON at a path',
      'a.json',
      JSON.stringify({ n: 1, data: { items: TWO }, more: [3] }),
      { records: 'data.items' },
      TWO,
    ],
    ['JSON that is one record', 'a.json', '{"id":"1","name":{"a":[1,{}]}}', {}, [{ id: '1', name: { a: [1, {}] } }]],
    ['JSON in UTF-16', 'a.json', utf16(JSON.stringify(TWO)), {}, TWO],
    ['JSON without records', 'a.json', ' [ ] ', {}, []],
    ['JSON without records at a path', 'a.json', '{"a":{"b":1},"b":{"c":[ ]}}', { records: 'b.c' }, []],
    ['XML without records at a path', 'a.xml', '<r><b/></r>', { records: 'r.b.c' }, []],
    ['NDJSON', 'a.jsonl', TWO.map((one) => `${JSON.stringify(one)}\r\n`).join('\n'), {}, TWO],
    ['NDJSON without a line', 'a.ndjson', '', {}, []],
    [
      'XML',
      'a.xml',
      '<r><p id="1"><n>A</n></p><p><n>B</n><n/><![CDATA[x<]]></p><p>t</p></r>',
      {},
      [{ '@id': '1', n: 'A' }, { n: ['B', null], '#text': 'x<' }, { '#text': 't' }],
    ],
    ['XML at a path', 'a.xml', '<r><x><p><i>1</i></p></x><y><p/></y></r>', { records: 'r.x.p' }, [{ i: '1' }]],
    [
      'XML that says its encoding',
      'a.xml',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><r><p><n>\xdf</n></p></r>', 'latin1'),
      {},
      [{ n: 'ß' }],
    ],
  ])('%s', async (_, name, content, options, fields) => {
    for (const size of [1, 7, 1 << 16]) expect(fieldsIn(await read(name, content, options, size))).toEqual(fields);
  });

  it('an archive, with the members that were asked for, each with rows of its own', async () => {
    const zip = zipOf([
      ['in/a.csv', CSV],
      ['b.csv', CSV],
      ['notes.txt', 'x'],
    ]);
    const places = (await read('z.zip', zip, { members: '**/*.csv' })).map((record) => {
      const { _file, _row } = record as Record<string, unknown>;
      return `${_file} ${_row}`;
    });
    expect(places).toEqual(['z.zip/in/a.csv 1', 'z.zip/in/a.csv 2', 'z.zip/b.csv 1', 'z.zip/b.csv 2']);
  });

  it.each(['a.json', 'a.ndjson'])('numbers with all their digits: %s', async (name) => {
    const text = '{"a":12345678901234567890,"b":0.12345678901234567890123,"c":-1.50,"d":1e400}';
    const file = { name, contentType: '', bytes: inPieces(Buffer.from(text), 5) };
    for await (const record of recordsOf(file, JobOptions.parse({ files: name }))) {
      expect(JSON.stringify(record)).toContain('"a":12345678901234567890,"b":0.12345678901234567890123');
      expect(JSON.stringify(record)).toContain('"d":1e400');
    }
  });
});

describe('a record that does not fit is one reject, with its place, and the others are there', () => {
  it.each<[what: string, name: string, content: string, expected: string, row: number, all: number]>([
    [
      'a cell too many',
      'a.csv',
      'id,name\n1,Ann\n2,Bo,x\n3,Cy\n',
      'as many cells as there are columns, 2, and not 3',
      2,
      3,
    ],
    ['a cell too few', 'a.csv', 'id,name\n1\n2,Bo\n', 'as many cells as there are columns, 2, and not 1', 1, 2],
    ['the header again', 'a.csv', `${CSV}id,name\n3,Cy\n`, 'a record, and not the header again', 3, 4],
    ['a line that is no JSON', 'a.ndjson', '{"id":1}\n{"id":\n{"id":3}\n', 'one JSON value on the line', 2, 3],
    ['a field that is ours', 'a.json', '[{"id":1},{"_row":2}]', 'no field called _row: that is ours', 2, 2],
  ])('%s', async (_, name, content, expected, row, all) => {
    for (const size of [1, 7, 1 << 16]) {
      const records = await read(name, content, {}, size);
      const unfit = records.filter((record) => faultOf(record) !== undefined);
      expect(unfit).toEqual([expect.objectContaining({ _fault: expected, _file: name, _row: row })]);
      expect(records.map((record) => (record as { _row: number })._row)).toEqual(records.map((_, index) => index + 1));
      expect(records).toHaveLength(all);
    }
  });
});

const BOM_ZIP: Member = ['a.csv', CSV];
const broken = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

describe('a file as a whole is refused where it is none', () => {
  it.each<[what: string, name: string, content: Written, code: string, says: RegExp]>([
    ['another encoding', 'a.csv', Buffer.from('a,b\nx,\xdf\xdf\n', 'latin1'), 'file-encoding', /^a.csv is not utf-8/],
    ['an encoding that is cut off', 'a.csv', Buffer.from('a\nß').subarray(0, -1), 'file-encoding', /utf-8/],
    ['a login page', 'a.csv', '\n<!DOCTYPE html>\n<html></html>', 'file-html', /a page of HTML/],
    ['a login page of no type', 'export', '<html lang="en">', 'file-html', /a page of HTML/],
    ['no type', 'export', 'a,b\n', 'file-format', /does not say what it is/],
    ['no header', 'a.csv', '', 'file-empty', /^a.csv is empty/],
    ['two columns of a name', 'a.csv', 'id,id\n1,2\n', 'file-contents', /two columns called id/],
    ['a column that is ours', 'a.csv', '_row\n1\n', 'file-contents', /a column called _row/],
    ['a quote that nobody closes', 'a.csv', 'id,name\n1,"Ann\n2,Bo\n', 'file-contents', /ends inside a cell/],
    ['JSON that breaks off', 'a.json', '[{"id":1},{"id":', 'file-contents', /is no JSON, behind its record/],
    ['JSON with something behind it', 'a.json', '[{"id":1}] x', 'file-contents', /is no JSON/],
    ['no JSON', 'a.json', '  ', 'file-empty', /is empty/],
    ['XML that breaks off', 'a.xml', '<r><p>1</p>', 'file-contents', /is no XML, in line 1/],
    [
      'XML with something it defines',
      'a.xml',
      '<!DOCTYPE r [<!ENTITY x "y">]><r><p>&x;</p></r>',
      'file-contents',
      /is no XML/,
    ],
    ['gzip that breaks off', 'a.csv', gzipSync(CSV.repeat(100)).subarray(0, -9), 'file-cut', /ends too early/],
    ['gzip that is damaged', 'a.csv', broken(gzipSync(CSV), 12), 'file-packed', /cannot be unpacked/],
    ['a zip that breaks off', 'a.zip', zipOf([BOM_ZIP]).subarray(0, -9), 'file-contents', /is no zip archive/],
    [
      'a zip that is damaged',
      'a.zip',
      broken(zipOf([BOM_ZIP]), 40),
      'file-contents',
      /is no zip archive|another checksum/,
    ],
    ['a name that climbs', 'a.zip', zipOf([['../../a.csv', CSV]]), 'file-contents', /a name in it leads out of it/],
    ['a zip without such a member', 'a.zip', zipOf([['a.csv/', '']]), 'file-contents', /has no member that fits/],
  ])('%s', async (_, name, content, code, says) => {
    const error = await read(name, content).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  it.each([
    ['there is nothing', '{"data":{}}'],
    ['there is a list elsewhere', '{"items":[],"data":[{"items":[]}]}'],
    ['there is no list', '{"data":{"items":{"a":1}}}'],
  ])('JSON where %s at the path of its records', async (_, content) => {
    const error = await read('a.json', content, { records: 'data.items' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'file-contents' });
  });
});

it('XML where there is nothing at the path of its records', async () => {
  const error = await read('a.xml', '<r><x/></r>', { records: 'r.b.c' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'file-contents' });
});

/** More than any memory is for: 2 GB of one sign. */
async function* endless(head: string, sign: string, counted: { bytes: number }): AsyncGenerator<Uint8Array> {
  yield Buffer.from(head);
  const piece = Buffer.alloc(1 << 20, sign);
  for (counted.bytes = 0; counted.bytes < 2 * 2 ** 30; counted.bytes += piece.length) yield piece;
}

it.each([
  ['a.csv', 'id,name\n1,"', 'x'],
  ['b.csv', 'id,name\n1,', 'x'],
  ['a.ndjson', '{"id":1}\n"', 'x'],
  ['a.json', '[{"id":1},"', 'x'],
  ['a.xml', '<r><p>1</p><p>', 'x'],
])('gives up a record without an end long before memory does: %s', async (name, head, sign) => {
  const counted = { bytes: 0 };
  const error = await read(name, endless(head, sign, counted)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'file-record-large' });
  expect(counted.bytes).toBeLessThan(64 * 2 ** 20);
});

it('gives up what unpacks without an end', async () => {
  const zeros = Readable.from(endless('', '\n', { bytes: 0 })).pipe(createGzip({ level: 1 }));
  const unpackAll = async (): Promise<void> => {
    for await (const { bytes } of plainFiles({ name: 'a.csv', bytes: zeros }, '**')) for await (const _ of bytes);
  };
  await expect(unpackAll()).rejects.toMatchObject({ code: 'file-bomb' });
});
