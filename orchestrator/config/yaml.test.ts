import { describe, expect, it } from 'vitest';
import { hintsOf, load, told, withJob } from '../../test/fixtures/config.ts';

/** The options a job is given by the YAML text of its `options`. */
const optionsOf = (text: string): unknown => load(withJob(`    options: ${text}`)).jobs[0]?.options;

describe('syntax', () => {
  it.each([
    ['jobs:\n\ta: 1\n', '2:1 Tabs are not allowed as indentation (YAML)', 'Indent with spaces.'],
    [
      withJob('    cron: */5 * * * *'),
      '5:15 Unexpected alias at node end (YAML)',
      /^A value that begins with \* needs quotes/,
    ],
    [
      withJob('    dependencies: [A'),
      '6:1 Flow sequence in block collection must be sufficiently indented and end with a ] (YAML)',
      undefined,
    ],
    [withJob('    description: a: b'), '5:18 Nested mappings are not allowed in compact mappings (YAML)', undefined],
    [
      withJob('    description: @home'),
      '5:18 Plain value cannot start with reserved character @ (YAML)',
      'Put the value in quotes.',
    ],
    [withJob('    options: { a: !secret x }'), '5:19 Unresolved tag (YAML)', /^Leave the tag out/],
    ['? [a]\n: 1\n', '1:3 With stringKeys, all keys must be strings (YAML)', 'A key is plain text.'],
    ['jobs:\n   a: 1\n  b: 2\n', '3:1 All mapping items must start at the same column (YAML)', undefined],
  ])('%j', (text, expected, hint) => {
    expect(told(text)).toEqual([expected]);
    expect(hintsOf(text)).toEqual([typeof hint === 'string' ? hint : hint && expect.stringMatching(hint)]);
  });

  // Tags of YAML 1.1, whose values are none of JSON: https://github.com/yaml/yaml-test-suite/blob/main/src/J7PZ.yaml
  it.each([
    '!!omap [b: 1]',
    '!!pairs [b: 1]',
    '!!set {b, c}',
    '!!binary aGVsbG8=',
    '!!timestamp 2001-12-14',
    '!!merge <<',
  ])('knows no more than plain YAML: %s', (value) => {
    const text = withJob(`    options: { a: ${value} }`);
    expect(told(text)).toEqual(['5:19 Unresolved tag (YAML)']);
    expect(hintsOf(text)).toEqual([expect.stringMatching(/^Leave the tag out/)]);
  });

  it.each([
    [withJob('    description: "no end\n    cron: "1 2 3 4 5"'), 5, 18],
    ["jobs:\n  a:\n    service: 'demo\n    data_type: rows\n", 3, 14],
  ])('points to where a text opens that does not close: %j', (text, line, column) => {
    expect(told(text)[0]).toMatch(new RegExp(`^${line}:${column} Missing closing`));
  });

  it('reports each faulty line once', () => {
    expect(told('a: @1\nb: * * * * *\nc: [1\n').map((fault) => fault.split(' ')[0])).toEqual(['1:4', '2:4', '4:1']);
  });

  it('refuses a second document and points to it', () => {
    expect(told(`${withJob('')}---\njobs:\n`)).toEqual(['6:1 The file holds a second document']);
    expect(load(`---\n${withJob('')}...\n`).jobs).toHaveLength(1);
  });

  it('finds duplicate keys at every level', () => {
    const text = 'global: { timezone: UTC, timezone: GMT }\njobs:\nglobal:\n';
    expect(told(text)).toEqual([
      '1:26 The key "timezone" is here a second time',
      '3:1 The key "global" is here a second time',
    ]);
    expect(hintsOf(text)).toEqual(['The first one is in line 1.', 'The first one is in line 1.']);
  });
});

describe('encodings', () => {
  it('does not count a byte order mark as a column', () => {
    expect(told('\u{feff}jobs: 1\n')).toEqual(['1:7 jobs: expected a mapping or a list, got a number']);
  });

  it('counts lines that end with CR LF', () => {
    expect(told('global: {}\r\njobs:\r\n  a:\r\n    enabled: 1\r\n')).toContain(
      '4:14 jobs.a.enabled: expected true or false, got a number',
    );
  });

  it.each([
    ['Latin-1', 'latin1', '3:21'],
    ['UTF-16', 'utf16le', '1:1'],
  ] as const)('says where a file in %s is not UTF-8', (_name, encoding, place) => {
    const mark = encoding === 'utf16le' ? '\u{feff}' : '';
    const bytes = Buffer.from(`${mark}jobs:\n  a:\n    description: caf\u{e9}\n`, encoding);
    expect(told(bytes.toString('utf8'))).toContain(`${place} The file is not UTF-8 from here on`);
  });

  it('reads text beyond ASCII', () => {
    expect(load(withJob('    description: Größe – 雨 🌊')).jobs[0]?.description).toBe('Größe – 雨 🌊');
  });
});

describe('anchors and aliases', () => {
  it.each([
    ['*nope', '5:14 No anchor "nope" stands before this alias'],
    ['&o { again: *o }', '5:26 The alias of "o" stands inside what it repeats'],
    ['{ <<: 3 }', '5:16 A merge key (<<) takes a mapping, or a list of mappings'],
    ['{ <<: [{ a: 1 }, 2] }', '5:16 A merge key (<<) takes a mapping, or a list of mappings'],
    ['{ <<: *nope }', '5:20 No anchor "nope" stands before this alias'],
  ])('options: %s', (text, expected) => expect(told(withJob(`    options: ${text}`))).toEqual([expected]));

  it('repeats what the newest anchor of a name stands for', () => {
    expect(optionsOf('{ a: &x 1, b: *x, c: &x [2], d: *x, &k e: *k }')).toEqual({ a: 1, b: 1, c: [2], d: [2], e: 'e' });
  });

  it('reads a quoted << as a key like any other', () => {
    expect(optionsOf('{ "<<": { a: 1 } }')).toEqual({ '<<': { a: 1 } });
  });

  it('points to the value that was merged, and names the job that merged it', () => {
    const text = `x-base: &base { service: demo, data_type: rows, catchup: later }
jobs:
  a: { <<: *base }
  b: { <<: *base, catchup: none, enabled: 3 }
`;
    expect(told(text)).toEqual([
      '1:58 jobs.a.catchup: expected one of latest, all, none',
      '4:43 jobs.b.enabled: expected true or false, got a number',
    ]);
  });

  it('stops a file whose aliases stand for more than a million values', () => {
    const levels = ['x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (let level = 1; level < 10; level += 1) {
      levels.push(`x-${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(told(`${levels.join('\n')}\njobs:\n`)).toEqual([
      expect.stringMatching(/^6:\d+ With its aliases written out the file holds more than 1000000 values$/),
    ]);
  });
});

describe('values', () => {
  it('reads YAML 1.2, whatever version the file says', () => {
    const text = `%YAML 1.1\n---\n${withJob('    options: { a: yes, b: 010, c: 2026-01-01, d: 1:30, e: ~, f: 0x10, 1: 2 }')}`;
    expect(load(text).jobs[0]?.options).toEqual({
      a: 'yes',
      b: 10,
      c: '2026-01-01',
      d: '1:30',
      e: null,
      f: 16,
      '1': 2,
    });
  });

  it.each([
    ['{ id: 12345678901234567890 }', '5:20 The number has more digits than can be kept exactly'],
    ['{ id: "a\\0b" }', '5:20 The text holds a character that cannot be stored'],
    ['{ id: "\\uD800" }', '5:20 The text holds a character that cannot be stored'],
    ['{ __proto__: { a: 1 } }', '5:16 "__proto__" cannot be the name of anything'],
  ])('refuses %s', (text, expected) => expect(told(withJob(`    options: ${text}`))).toEqual([expected]));
});

describe('size', () => {
  it('says where levels lie too deep inside each other', () => {
    expect(told(`jobs: ${'['.repeat(300)}${']'.repeat(300)}`)).toEqual([
      '1:107 More than 100 levels lie inside each other here',
    ]);
    expect(told(`${'- '.repeat(300)}a`)).toEqual(['1:203 More than 100 levels lie inside each other here']);
    const nested = (levels: number): string =>
      Array.from({ length: levels }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    expect(told(nested(120))).toEqual(['102:102 More than 100 levels lie inside each other here']);
    // So deep that the parser itself runs out of stack; how far it comes is not ours to say.
    expect(told(nested(3000))).toEqual([
      expect.stringMatching(/^\d+:\d+ More than 100 levels lie inside each other here$/),
    ]);
    expect(optionsOf(`{ a: ${'['.repeat(90)}${']'.repeat(90)} }`)).toBeDefined();
  });

  it('does not take brackets inside a text for brackets', () => {
    expect(optionsOf(`{ a: [${Array.from({ length: 200 }, () => '"["').join(', ')}] }`)).toBeDefined();
    expect(load(withJob(`    description: |\n${'      [\n'.repeat(200)}`)).jobs).toHaveLength(1);
  });

  it('refuses more than 5 MB', () => {
    expect(told(`# ${'x'.repeat(5_000_000)}`)).toEqual(['1:1 The file is larger than 5 MB']);
  });

  it('reads a megabyte', () => {
    const jobs = Array.from({ length: 5000 }, (_, index) => {
      const description = 'x'.repeat(140);
      return `  job_${index}: { service: demo, data_type: rows, cron: '5 * * * *', description: ${description} }\n`;
    });
    const text = `jobs:\n${jobs.join('')}`;
    expect(text.length).toBeGreaterThan(1_000_000);
    const config = load(text, 'job_groups: { all: ["job_*"], some: ["job_1?"], demo: [service:demo] }\n');
    expect(config.jobs).toHaveLength(5000);
    expect(config.jobs.at(-1)?.place).toEqual({ file: 'ingestion-config.yaml', line: 5001, column: 3 });
    expect(['all', 'some', 'demo'].map((name) => config.groups.get(name)?.jobs.length)).toEqual([5000, 10, 5000]);
  });
});
