/** The reader of YAML that knows where each value stands, and what is wrong with a file. */
import { type Alias, isAlias, isScalar, isSeq, LineCounter, type Node, type Scalar, type YAMLMap } from 'yaml';
import { type FaultList, quoted } from './faults.ts';
import type { Position } from './job.ts';
import { MAX_DEPTH, type PlaceAt, parseYaml, TOO_DEEP } from './yaml-document.ts';
import { childOf, isMapping, isObject, type Mapping, type Path } from './yaml-value.ts';

/** Counted with every alias written out, which is what stops a "billion laughs" file. */
const MAX_VALUES = 1_000_000;

/** What a mapping or list holds, by name or index, in the order of the file; a list's item is its own key. */
type Entries = Map<string, { readonly key: Node; readonly value: Node | null }>;

interface Anchored {
  value: unknown;
  /** How many values it holds; 0 while it is being read: an alias to it would contain itself. */
  size: number;
}

const startOf = (node: Node | undefined): number => node?.range?.[0] ?? 0;

/** Reads one file's text. Whatever cannot be read goes to `faults`, and the answer is undefined. */
export function readNodes(file: string, text: string, faults: FaultList): YamlNodes | undefined {
  const before = faults.size;
  const placeAt = placesIn(file, text);
  const document = parseYaml(text, placeAt, faults);
  if (faults.size > before) return undefined;
  const nodes = new YamlNodes(document?.contents as Node | null, placeAt, faults);
  return faults.size > before ? undefined : nodes;
}

/** Counted here because the parser misses line ends inside texts that stand where they must not. */
function placesIn(file: string, text: string): PlaceAt {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
}

/**
 * Reads the values itself: the library's own conversion forgets where they stand, and looks up each alias, and each key
 * that may be there twice, among all others.
 */
export class YamlNodes {
  readonly value: unknown;
  readonly #entries = new WeakMap<object, Entries>();
  readonly #placeAt: PlaceAt;
  readonly #faults: FaultList;
  readonly #anchors = new Map<string, Anchored>();
  /** How many values were read so far. */
  #size = 0;

  constructor(content: Node | null, placeAt: PlaceAt, faults: FaultList) {
    this.#placeAt = placeAt;
    this.#faults = faults;
    this.value = this.#read(content, 0);
  }

  /** Where the value at `path`, or the key it has, is written; for what is not there, where the part around it is. */
  placeOf(path: Path, part: 'key' | 'value' = 'value'): Position {
    let value = this.value;
    let node: Node | undefined;
    for (const [index, step] of path.entries()) {
      const entry = isObject(value) ? this.#entries.get(value)?.get(String(step)) : undefined;
      if (entry === undefined) break;
      // What is missing is missing from the thing that has the name.
      const isValue = index === path.length - 1 && part === 'value';
      node = (isValue && entry.value) || entry.key;
      value = childOf(value, step);
    }
    return this.#placeAt(startOf(node));
  }

  /** The keys of one of its mappings, in the order of the file. */
  keysOf(mapping: object): string[] {
    return [...(this.#entries.get(mapping)?.keys() ?? [])];
  }

  #read(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node);
    if (depth > MAX_DEPTH) return this.#refuse(node, TOO_DEEP);
    const { anchor } = node as { anchor?: string };
    const anchored: Anchored = { value: undefined, size: 0 };
    if (anchor !== undefined) this.#anchors.set(anchor, anchored);
    const before = this.#size;
    this.#size += 1;
    anchored.value = isScalar(node) ? this.#scalar(node) : this.#collection(node, depth + 1);
    anchored.size = this.#size - before;
    return anchored.value;
  }

  #collection(node: Node, depth: number): unknown {
    const entries: Entries = new Map();
    const value = isSeq<Node>(node)
      ? this.#list(node.items, entries, depth)
      : this.#mapping(node as YAMLMap<Node, Node | null>, entries, depth);
    this.#entries.set(value, entries);
    return value;
  }

  #list(items: readonly Node[], entries: Entries, depth: number): unknown[] {
    return items.map((item, index) => {
      entries.set(String(index), { key: item, value: item });
      return this.#read(item, depth);
    });
  }

  #mapping({ items }: YAMLMap<Node, Node | null>, entries: Entries, depth: number): Mapping {
    const mapping: Mapping = {};
    const merged: Mapping[] = [];
    for (const { key, value } of items) {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
        merged.push(...this.#mergeSources(key, value, depth));
        continue;
      }
      // A key is read for the anchor it may have.
      const name = String(this.#read(key, 0));
      this.#checkName(name, key, entries);
      entries.set(name, { key, value });
      mapping[name] = this.#read(value, depth);
    }
    // Keys of the mapping itself win over merged ones wherever they stand; earlier sources win over later ones.
    for (const source of merged) {
      for (const [name, entry] of this.#entries.get(source) ?? []) {
        if (entries.has(name)) continue;
        entries.set(name, entry);
        mapping[name] = source[name];
      }
    }
    return mapping;
  }

  #mergeSources(key: Node, node: Node | null, depth: number): readonly Mapping[] {
    const before = this.#faults.size;
    const value = this.#read(node, depth);
    const sources = Array.isArray(value) ? value : [value];
    if (sources.every(isMapping)) return sources;
    if (this.#faults.size === before) this.#refuse(key, 'A merge key (<<) takes a mapping, or a list of mappings');
    return [];
  }

  #checkName(name: string, key: Node, entries: Entries): void {
    const first = entries.get(name)?.key;
    if (first !== undefined) {
      const hint = `The first one is in line ${this.#placeAt(startOf(first)).line}.`;
      this.#refuse(key, `The key ${quoted(name)} is here a second time`, hint);
    }
    // Assigning to it would set the prototype, and the entry would be lost without a word.
    if (name === '__proto__') this.#refuse(key, `${quoted(name)} cannot be the name of anything`);
  }

  #scalar(node: Scalar): unknown {
    const { value, source } = node;
    if (typeof value === 'number' && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? '')) {
      return this.#refuse(node, 'The number has more digits than can be kept exactly', 'Put it in quotes.');
    }
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      return this.#refuse(node, 'The text holds a character that cannot be stored');
    }
    return value;
  }

  #alias(node: Alias): unknown {
    const name = quoted(node.source);
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined) {
      return this.#refuse(node, `No anchor ${name} stands before this alias`, 'A plain star needs quotes: "*".');
    }
    if (anchored.size === 0) return this.#refuse(node, `The alias of ${name} stands inside what it repeats`);
    const before = this.#size;
    this.#size += anchored.size;
    if (this.#size <= MAX_VALUES) return anchored.value;
    // It is said once: every alias behind the first would be one too many.
    if (before > MAX_VALUES) return null;
    return this.#refuse(node, `With its aliases written out the file holds more than ${MAX_VALUES} values`);
  }

  #refuse(node: Node, message: string, hint?: string): null {
    this.#faults.add(this.#placeAt(startOf(node)), message, () => hint);
    return null;
  }
}
