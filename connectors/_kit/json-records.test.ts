import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRecords } from './json-records.ts';
import { isJson } from './json-text.ts';

const SEED = 20261121;

/** Few names, so that paths meet them, and objects have them twice. */
const name = fc.constantFrom('items', 'data', 'a', 'é', '__proto__');
const blank = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n');
const number = fc.constantFrom('0', '-0', '1.0', '1e3', '1E400', '0.123456789012345678901', '-12345678901234567890');
const string = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text));
const escaped = fc.constantFrom('"\\u0041\\ud800"', '"\\/ \\" \\\\"', '"[{,"', '"\u2028\u007f"');

/** Texts of JSON values as anybody may write them: blanks anywhere, names twice, numbers of any spelling. */
const {
  value: text,
  object,
  array,
} = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('null', 'true', 'false'),
    number,
    string,
    escaped,
    tie('array'),
    tie('object'),
  ),
  array: listed(tie('value'), '[', ']'),
  object: listed(
    fc.tuple(spelled(name), blank, blank, tie('value')).map(([key, a, b, value]) => `${key}${a}:${b}${value}`),
    '{',
    '}',
  ),
}));

/** A name, sometimes with its first letter as an escape. */
function spelled(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(names, fc.boolean()).map(([word, isEscaped]) => {
    const first = `\\u${word.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return isEscaped ? `"${first}${word.slice(1)}"` : JSON.stringify(word);
  });
}

function listed(item: fc.Arbitrary<string>, open: string, close: string): fc.Arbitrary<string> {
  const padded = fc.tuple(blank, item, blank).map((parts) => parts.join(''));
  return fc
    .tuple(blank, fc.array(padded, { maxLength: 4 }))
    .map(([inside, all]) => `${open}${all.join() || inside}${close}`);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a text is JSON for us', () => {
  it('when it is for JSON.parse, however it is spelled', () => {
    fc.assert(
      fc.property(text, blank, (json, around) => {
        expect(isJson(Buffer.from(around + json + around))).toBe(true);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('and is none when it is none for JSON.parse: cut short, or with something more, less or else in it', () => {
    const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const more = fc.constantFrom('', '', ...'{}[],:"\\0-.eE+tx \n\u0000\u001f');
    fc.assert(
      fc.property(text, at, fc.nat({ max: 2 }), more, (json, place, gone, inserted) => {
        const start = Math.floor(place * json.length);
        const broken = json.slice(0, start) + inserted + json.slice(start + gone);
        // Half a surrogate pair is no UTF-8.
        fc.pre(broken.isWellFormed());
        expect(isJson(Buffer.from(broken)), broken).toBe(parses(broken));
      }),
      { seed: SEED, numRuns: 10_000 },
    );
  });

  it.each([
    ['', false],
    [' ', false],
    ['01', false],
    ['-', false],
    ['1.', false],
    ['.5', false],
    ['1e', false],
    ['+1', false],
    ['nul', false],
    ['nulls', false],
    ['"\\u12G4"', false],
    ['"\\x"', false],
    ['"a\tb"', false],
    ['[1,]', false],
    ['{"a":1,}', false],
    ['{"a"}', false],
    ['[1}', false],
    ['\ufeff1', false],
    ['1 2', false],
    ['-0.0e-0', true],
  ])('%j: %s', (json, is) => {
    expect([isJson(Buffer.from(json)), parses(json)]).toEqual([is, is]);
  });

  it('however deep it is nested', () => {
    const [open, close] = ['[{"a":'.repeat(200_000), '}]'.repeat(200_000)];
    expect(isJson(Buffer.from(`${open}1${close}`))).toBe(true);
    expect(isJson(Buffer.from(`${open}1${close}]`))).toBe(false);
    expect(isJson(Buffer.from(open))).toBe(false);
  });

  it('whatever bytes stand in a string, and with no others anywhere else', () => {
    expect(isJson(Buffer.from([0x22, 0xff, 0xc3, 0x22]))).toBe(true);
    expect(isJson(Buffer.from([0x5b, 0xff, 0x5d]))).toBe(false);
  });
});

/** What a path leads to in a parsed value, and what is left of that value without it. */
function oracle(value: unknown, names: readonly string[], isElement = false): { records: unknown[]; rest: unknown } {
  const [first, ...onward] = names;
  if (Array.isArray(value)) {
    if (first === undefined) return isElement ? { records: [], rest: value } : { records: value, rest: [] };
    if (isElement) return { records: [], rest: value };
    const parts = value.map((element) => oracle(element, names, true));
    return { records: parts.flatMap(({ records }) => records), rest: parts.map(({ rest }) => rest) };
  }
  if (typeof value !== 'object' || value === null || first === undefined || !Object.hasOwn(value, first))
    return { records: [], rest: value };
  const { records, rest } = oracle((value as Record<string, unknown>)[first], onward);
  const entries = Object.entries(value).map(([key, own]) => [key, key === first ? rest : own]);
  return { records, rest: Object.fromEntries(entries) };
}

describe('records cut out of an answer', () => {
  const paths = fc.array(name, { maxLength: 2 }).map((names) => names.join('.'));

  it('are what JSON.parse finds at the path, each a slice of what came; the envelope is the rest', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.oneof(object, array), paths, blank, (json, path, around) => {
        const bytes = Buffer.from(around + json + around);
        const { envelope, lines } = cutRecords(bytes, [path]);
        const expected = oracle(JSON.parse(json), path === '' ? [] : path.split('.'));
        expect(lines[path]?.map((line) => JSON.parse(Buffer.from(line).toString()))).toEqual(expected.records);
        expect(JSON.parse(envelope)).toEqual(expected.rest);
        for (const line of lines[path] ?? []) expect(line.buffer).toBe(bytes.buffer);
        found += expected.records.length;
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it('come from several places at once, each by its path', () => {
    const bytes = Buffer.from('{ "a": [1.0, {"b": 1e3}], "c": {"d": [ "x" ]}, "next": "t" }');
    const { envelope, lines } = cutRecords(bytes, ['a', 'c.d', 'e']);
    const texts = Object.values(lines).map((all) => all.map((line) => Buffer.from(line).toString()));
    expect(texts).toEqual([['1.0', '{"b": 1e3}'], ['"x"'], []]);
    expect(JSON.parse(envelope)).toEqual({ a: [], c: { d: [] }, next: 't' });
  });

  it('are there only if the whole answer is JSON, and its envelope UTF-8', () => {
    for (const broken of [
      '{"a":[1,2]',
      '{"a":[1,2],',
      '{"a":[1,{]}',
      '{"a":[1 2]}',
      '{"a":[1,]}',
      '{"a":[1]}}',
      '<html>',
      '',
    ])
      expect(() => cutRecords(Buffer.from(broken), ['a']), broken).toThrow(SyntaxError);
    const latin1 = Buffer.from('{"a":["é"],"b":"é"}', 'latin1');
    expect(() => cutRecords(latin1, [])).toThrow(SyntaxError);
    const record = Buffer.from('{"a":["é",1]}', 'latin1');
    expect(cutRecords(record, ['a']).lines.a.map((line) => line.length)).toEqual([3, 1]);
  });

  it('and an envelope that is nested without end does no harm', () => {
    const bomb = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(cutRecords(Buffer.from(bomb), ['a.a.a']).lines['a.a.a']).toEqual([]);
    expect(cutRecords(Buffer.from(`{"a":[${bomb}]}`), ['a']).lines.a).toHaveLength(1);
  });
});
