/** Random YAML: the same kinds of values in all the ways in which people write them, and what becomes of it by mistakes. */
import fc from 'fast-check';

/** How a value is written: the lines of a block below its key, or what stands in the line itself. */
type Written = { readonly inline: string } | { readonly block: readonly string[]; readonly head: string };

const plain = fc.constantFrom(
  ...[
    'a',
    'a b',
    'é',
    '雨 🌊',
    'no',
    'on',
    '1:30',
    '2026-01-01',
    'x#y',
    'a:b',
    '-x',
    '.x',
    '1.2.3',
    '0x',
    '1_000',
    'C:\\x',
  ],
  ...[
    '0',
    '-0',
    '007',
    '+12',
    '9007199254740991',
    '1.5',
    '.5',
    '1.',
    '-1e3',
    '1E-2',
    '0o17',
    '0x1F',
    '.inf',
    '-.INF',
    '.nan',
  ],
  ...['true', 'True', 'FALSE', 'false', 'null', 'Null', 'NULL', '~', 'nULL', 'tRue', '<<'],
);
const quoted = fc.constantFrom(
  ...[
    `''`,
    `""`,
    `'1'`,
    `"true"`,
    `'it''s'`,
    `"a\\tb"`,
    `"\\u00e9\\x41"`,
    `"{ [ # : "`,
    `'* & !'`,
    `"\\"`.concat(`"x"`),
    `"a\\/b"`,
  ],
);
const inline = fc.oneof(plain, plain, quoted);
const key = fc.constantFrom(
  ...[
    'a',
    'b',
    'c',
    'd e',
    'ключ',
    'é',
    '1',
    '10',
    '9',
    '007',
    '1.5',
    'null',
    'true',
    '~',
    `'q'`,
    `"a b"`,
    `"<<"`,
    'constructor',
  ],
);
const anchor = fc.constantFrom('', '', '', '', '', '', '&x ', '&y ');
const alias = fc.constantFrom('*x', '*y');
const comment = fc.constantFrom('', '', '', '', ' # why', '   #');
const between = fc.constantFrom([], [], [], [''], ['# a line'], ['', '      # further in']);
const text = fc.constantFrom(
  ['one'],
  ['one', 'two'],
  ['one', '', 'two'],
  ['one', '  further in', 'two'],
  ['# none', ''],
  [''],
);
const indent = fc.constantFrom('  ', '  ', '    ', ' ');
const merge = fc.constantFrom('*x', '[*x, *y]', '{ a: 1, 10: 2 }', '[{ b: 1 }, *x]');

const shifted = (lines: readonly string[], by: string): string[] => lines.map((line) => (line === '' ? '' : by + line));

function entry(before: string, value: Written, note: string, by: string): string[] {
  if ('inline' in value) return [`${before} ${value.inline}${note}`];
  return [`${before}${value.head === '' ? '' : ` ${value.head}`}${note}`, ...shifted(value.block, by)];
}

const { node } = fc.letrec<{
  node: Written;
  flow: string;
  flowing: Written;
  scalar: Written;
  lines: Written;
  list: Written;
  mapping: Written;
}>((tie) => {
  const items = fc.array(tie('flow'), { maxLength: 3 });
  const pair = fc.tuple(fc.oneof(key, fc.constant('<<')), tie('flow'), merge);
  const pairs = fc.uniqueArray(pair, { maxLength: 3, selector: ([name]) => name });
  const padding = fc.constantFrom('', ' ', '\n            ');
  return {
    node: fc.oneof(
      { depthSize: 'small', maxDepth: 5 },
      tie('scalar'),
      tie('flowing'),
      tie('lines'),
      tie('list'),
      tie('mapping'),
    ),
    flow: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.tuple(anchor, inline).map(([name, value]) => name + value),
      alias,
      fc.tuple(items, padding).map(([all, by]) => `[${by}${all.join(`,${by === '' ? ' ' : by}`)}${by}]`),
      fc.tuple(anchor, pairs, padding).map(([name, all, by]) => {
        const entries = all.map(([of, value, source]) => `${of}: ${of === '<<' ? source : value}`);
        return `${name}{${by}${entries.join(`,${by === '' ? ' ' : by}`)}${by}}`;
      }),
    ),
    flowing: tie('flow').map((value) => ({ inline: value })),
    scalar: fc.tuple(anchor, inline).map(([name, value]) => ({ inline: name + value })),
    lines: fc
      .tuple(anchor, fc.constantFrom('|', '>', '|-', '>-', '|+', '>+', '|2'), text)
      .map(([name, style, block]) => ({ head: name + style, block })),
    list: fc
      .tuple(anchor, fc.array(fc.tuple(tie('node'), comment, between), { minLength: 1, maxLength: 3 }), indent)
      .map(([name, all, by]) => ({
        head: name.trim(),
        block: all.flatMap(([value, note, lines]) => [...lines, ...entry('-', value, note, by)]),
      })),
    mapping: fc
      .tuple(
        anchor,
        fc.uniqueArray(fc.tuple(fc.oneof(key, key, fc.constant('<<')), tie('node'), comment, between, merge), {
          minLength: 1,
          maxLength: 4,
          // Now and then a key is there twice.
          selector: ([name, , note]) => (note === '   #' ? `${name}#` : name),
        }),
        indent,
      )
      .map(([name, all, by]) => ({
        head: name.trim(),
        block: all.flatMap(([of, value, note, lines, source]) => [
          ...lines,
          ...(of === '<<' ? [`<<: ${source}${note}`] : entry(`${of}:`, value, note, by)),
        ]),
      })),
  };
});

const head = fc.constantFrom('', '', '', '\u{feff}', '---\n', '# first\n', '%YAML 1.2\n---\n');
const anchored = ['x-1: &x { a: 1, b: 2 }', 'x-2: &y', '  b: 3', '  10: [4]', '  9: *x'];

/** A file whose root is a mapping: `&x` and `&y` stand at its beginning. */
export const yamlFile: fc.Arbitrary<string> = fc
  .tuple(
    head,
    fc.array(fc.tuple(fc.constantFrom('r', 's', 't', '2', '1'), node, comment), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('\n', '\n', '\r\n'),
  )
  .map(([first, roots, newline]) => {
    const lines = roots.flatMap(([name, value, note], index) => entry(`${name}${index}:`, value, note, '  '));
    return first + [...anchored, ...lines, ''].join('\n').replaceAll('\n', newline);
  });

/** What YAML stumbles over. */
const PIECES = [
  ...'[]{},:-?!&*|>@`#%"\'\t\n\r ~<.0',
  ...[
    '\r\n',
    ': ',
    '- ',
    '? ',
    '---\n',
    '...\n',
    '<<: *x\n',
    '*x',
    '&y ',
    '!!str ',
    '!x ',
    '__proto__: 1\n',
    '|2\n',
    '>-\n',
    "''",
  ],
  ...[
    '\n  ',
    '\n ',
    ' # c',
    '#c',
    '.inf',
    '99999999999999999999',
    '\\0',
    '\u{0}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{fffd}',
    '\u{feff}',
  ],
  ...['\u{2028}', '\u{d800}', '"\\', '"\\ud800"', '[[[[', '}}}}'],
];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const mistake = fc.record({ at: place, text: fc.constantFrom('', ...PIECES), removed: fc.integer({ min: 0, max: 3 }) });

/** The same with a few mistakes. */
export const damagedYaml: fc.Arbitrary<string> = fc
  .tuple(yamlFile, fc.array(mistake, { minLength: 1, maxLength: 3 }))
  .map(([file, mistakes]) =>
    mistakes.reduce((whole, { at, text: inserted, removed }) => {
      const from = Math.floor(at * whole.length);
      return whole.slice(0, from) + inserted + whole.slice(from + removed);
    }, file),
  );

/** Any text at all, of such pieces, as the value of a key. */
export const yamlPieces: fc.Arbitrary<string> = fc
  .string({ unit: fc.constantFrom(...PIECES, 'a', 'b: x\n', 'c: ', ' '), maxLength: 12 })
  .map((pieces) => `x: &x { a: 1 }\nr: ${pieces}`);
