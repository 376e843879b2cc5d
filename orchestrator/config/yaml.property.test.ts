import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damagedYaml, yamlFile, yamlPieces } from '../../test/arbitraries/yaml.ts';
import { type ConfigError, type Fault, FaultList } from './faults.ts';
import { readNodes } from './yaml-nodes.ts';
import { readQuick } from './yaml-quick.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';
import { isMapping, isObject, type Path } from './yaml-value.ts';

interface Reader {
  readonly value: unknown;
  keysOf(mapping: object): string[];
}

/** The value with the keys of every mapping in the order of the file, which an object alone does not tell. */
function inOrder(reader: Reader, value: unknown = reader.value): unknown {
  if (!isObject(value)) return value;
  if (!isMapping(value)) return (value as unknown[]).map((item) => inOrder(reader, item));
  const names = reader.keysOf(value);
  expect(names.toSorted()).toEqual(Object.keys(value).toSorted());
  return { mapping: names.map((name) => [name, inOrder(reader, value[name])]) };
}

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsIn(child, [...path, key]))];
}

function faultsIn(faults: FaultList): readonly Fault[] {
  try {
    faults.raise();
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

type Outcome = 'quick' | 'left' | 'refused';

/** What the quick reader answers is what the other one says of the text; and through the front door nobody can tell them apart. */
function agree(text: string): Outcome {
  const plain = text.startsWith('\u{feff}') ? text.slice(1) : text;
  const [refused, told] = [new FaultList(), new FaultList()];
  const nodes = readNodes('f', plain, refused);
  const quick = readQuick(plain);
  const source = readYaml('f', text, told);
  expect(faultsIn(told)).toEqual(faultsIn(refused));
  if (nodes === undefined) {
    expect([quick, source]).toEqual([undefined, undefined]);
    return 'refused';
  }
  if (quick !== undefined) expect(inOrder(quick)).toEqual(inOrder(nodes));
  for (const path of pathsIn(nodes.value).slice(0, 40)) {
    for (const part of ['key', 'value'] as const) {
      expect(source?.placeOf(path, part)).toEqual(nodes.placeOf(path, part));
    }
    expect((source as YamlSource).at(path)).toEqual(
      path.reduce<unknown>((value, step) => (value as never)[step], nodes.value),
    );
  }
  return quick === undefined ? 'left' : 'quick';
}

/** How many texts of which outcome there were. */
function count(texts: fc.Arbitrary<string>, numRuns: number): Record<Outcome, number> {
  const seen = { quick: 0, left: 0, refused: 0 };
  const seed = 20261121;
  fc.assert(
    fc.property(texts, (text) => {
      seen[agree(text)] += 1;
    }),
    { seed, numRuns },
  );
  return seen;
}

describe('both readers of YAML', () => {
  it('agree on what people write, and the quick one reads most of it', () => {
    const { quick, left, refused } = count(yamlFile, 1500);
    expect([quick, left, refused].map((times) => times >= 100)).toEqual([true, true, true]);
    expect(quick).toBeGreaterThan(750);
  });

  it('agree on what has mistakes in it', () => {
    const { quick, left, refused } = count(damagedYaml, 1500);
    expect([quick, left, refused].map((times) => times >= 100)).toEqual([true, true, true]);
  });

  it('agree on how much is too much', () => {
    const levels = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
    expect([10, 49, 60, 99, 101, 300].map((depth) => agree(levels(depth)))).toEqual([
      ...['quick', 'quick', 'left', 'left', 'refused', 'refused'],
    ]);
    const laughs = (times: number): string => {
      const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
      for (let n = 1; n < times; n += 1)
        lines.push(
          `a${n}: &a${n} [${Array(10)
            .fill(`*a${n - 1}`)
            .join(', ')}]`,
        );
      return `${lines.join('\n')}\n`;
    };
    expect([2, 4, 5, 6, 9].map((times) => agree(laughs(times)))).toEqual([
      ...['quick', 'quick', 'quick', 'refused', 'refused'],
    ]);
    const long = (length: number): string => `a: [${'x,'.repeat(length / 2)}]\n`;
    expect([1000, 5_000_000].map((length) => agree(long(length)))).toEqual(['quick', 'refused']);
  });

  const TAKEN_OTHERWISE: readonly [string, string][] = [
    ['a text below a comment that is indented less', '- \n#c\n  a\n- b\n'],
    ['the same below a blank line, of a mapping', '  a:\n  # why\n\n    text of some words\n  b:\n'],
    ['a key behind a flow of the same line', 'r:\n- - {a, b}c: x\n'],
    ['a key behind a quoted text of the same line', `r:\n- - ""c:\n`],
    ['blanks that end the file, of a text that keeps its line breaks', 'r: >+\n\n '],
    ['the same behind the text', 'r: |+\n  one\n\n   '],
  ];
  it.each(TAKEN_OTHERWISE)('agree on %s', (_, text) => {
    expect(agree(text)).not.toBe('quick');
  });

  it('agree on the files of this repository, which the quick one reads', () => {
    for (const name of ['ingestion-config.yaml', 'job-groups.yaml']) {
      expect(agree(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))).toBe('quick');
    }
  });

  it('agree on any text', () => {
    const { refused, quick } = count(yamlPieces, 1500);
    expect([quick, refused].map((times) => times >= 100)).toEqual([true, true]);
  });
});
