import { describe, expect, test } from 'vitest';
import { parseExact, stringifyExact } from './json.ts';

const BIG = '9007199254740993';

describe('integers beyond 2^53 keep every digit', () => {
  test.each([BIG, `-${BIG}`, `[${BIG}]`, `[1,${BIG}]`, `{"a":${BIG}}`, `{"a":-${BIG}}`, `{"a":[{"b":[0,${BIG}]}]}`])(
    '%s',
    (text) => {
      expect(stringifyExact(parseExact(text))).toBe(text);
    },
  );

  test('with blanks and line breaks around them', () => {
    expect(parseExact(`\n ${BIG}\t`)).toBe(BigInt(BIG));
    expect(parseExact(`{ "a" :\r\n  -${BIG} }`)).toEqual({ a: -BigInt(BIG) });
    expect(parseExact(`[ 1 ,\n\t${BIG} ]`)).toEqual([1, BigInt(BIG)]);
  });
});

describe('everything else is the same as with the platform', () => {
  const texts = [
    '{"a":"12345678901234567","b":[1.5,-0,1e21,null,true]}',
    `{"url":"https://x/${BIG}"}`,
    '0.12345678901234567',
  ];
  test.each([...texts, `{"a":", ${BIG}","b":1}`, '[]', '""', '9007199254740991'])('%s', (text) => {
    expect(parseExact(text)).toEqual(JSON.parse(text));
  });

  test('no JSON is a SyntaxError', () => {
    expect(() => parseExact('{"a":}')).toThrow(SyntaxError);
    expect(() => parseExact(`{"a":${BIG}`)).toThrow(SyntaxError);
  });
});
