import { expect, it } from 'vitest';
import { jsonLine, onOneLine, parseLine } from './lines.ts';

const textOf = (line: Uint8Array): string => Buffer.from(line).toString();

it('a record that is put into an object stands in it as it was written, between values of ours', () => {
  const record = Buffer.from('{ "n":1.0, "n":1e400, "é":"\\u00e9" }');
  const line = jsonLine({ 'a "list"': 'x\n"', position: 0, id: 9007199254740993n, record, rest: [null] });
  expect(textOf(line)).toBe(
    `{"a \\"list\\"":"x\\n\\"","position":0,"id":9007199254740993,"record":${record},"rest":[null]}`,
  );
  expect(textOf(jsonLine({ record }))).toBe(`{"record":${record}}`);
  expect(textOf(jsonLine({}))).toBe('{}');
});

it('a text that is not UTF-8 keeps its bytes in such an object', () => {
  const latin1 = Buffer.from('"é"', 'latin1');
  expect(Buffer.from(jsonLine({ latin1 })).toString('latin1')).toBe('{"latin1":"é"}');
});

it('of a pretty-printed text only the line breaks are changed, and what is around it', () => {
  expect(textOf(onOneLine(Buffer.from('\r\n\t{\n  "a": [\r\n\t1\n  ]\n}\n \n')))).toBe('{   "a": [  \t1   ] }');
  expect(textOf(onOneLine(Buffer.from('\n')))).toBe('');
});

it('a value is parsed with its whole numbers exact', () => {
  expect(parseLine(Buffer.from('{"id":9007199254740993,"n":1.0}\r'))).toEqual({ id: 9007199254740993n, n: 1 });
});
