/** YAML nodes → plain values, and where each of them stands. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { type FaultList, quoted } from './faults.ts';
import { MAX_DEPTH, type YamlDocument } from './yaml-document.ts';

/** Counted with every alias written out, which is what stops a "billion laughs" file. */
const MAX_VALUES = 1_000_000;

/** Offsets of one entry of a mapping or list; a list's item is its own key. */
interface Spot {
  readonly key: number;
  readonly value: number;
}

/** The entries of each mapping and list, by name or index. */
export type Spots = WeakMap<object, Map<string, Spot>>;

type Mapping = Record<string, unknown>;

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const isMapping = (value: unknown): value is Mapping => isObject(value) && !Array.isArray(value);

interface Anchored {
  readonly value: unknown;
  /** How many values it holds. */
  readonly size: number;
}

/** A document's content as plain values, with the offsets of their parts. */
export function readValues(
  document: YamlDocument,
  faults: FaultList,
): { readonly value: unknown; readonly spots: Spots } {
  const reader = new ValueReader(document, faults);
  const value = reader.read(document.document.contents as Node | null, 0);
  return { value, spots: reader.spots };
}

/**
 * Done here and not by the library because its own conversion forgets positions, finds duplicate keys
 * in quadratic time, and follows an alias to itself.
 */
class ValueReader {
  readonly spots: Spots = new WeakMap();
  readonly #document: YamlDocument;
  readonly #faults: FaultList;
  /** `open` while the anchored value is being read: an alias to it would contain itself. */
  readonly #anchors = new Map<string, Anchored | 'open'>();
  #size = 0;

  constructor(document: YamlDocument, faults: FaultList) {
    this.#document = document;
    this.#faults = faults;
  }

  read(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (!this.#grow(1, node)) return null;
    if (isAlias(node)) return this.#alias(node);
    if (depth > MAX_DEPTH) return this.#refuse(node, `More than ${MAX_DEPTH} levels lie inside each other here`);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const before = this.#size;
    const value = this.#content(node, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, { value, size: this.#size - before });
    return value;
  }

  #content(node: Node, depth: number): unknown {
    if (isMap(node)) return this.#mapping(node as YAMLMap<Node, Node | null>, depth);
    if (isSeq<Node>(node)) return this.#list(node.items, depth);
    return isScalar(node) ? this.#scalar(node, node.value, node.source) : null;
  }

  #mapping({ items }: YAMLMap<Node, Node | null>, depth: number): Mapping {
    const mapping: Mapping = {};
    const spots = new Map<string, Spot>();
    this.spots.set(mapping, spots);
    const merged: Mapping[] = [];
    for (const { key, value } of items) {
      if (isMergeKey(key)) {
        merged.push(...this.#mergeSources(key, value, depth + 1));
        continue;
      }
      const name = this.#keyName(key, spots);
      const offset = offsetOf(key);
      spots.set(name, { key: offset, value: value === null ? offset : offsetOf(value) });
      mapping[name] = this.read(value, depth + 1);
    }
    // Keys of the mapping itself win over merged ones wherever they stand; earlier sources win over later ones.
    for (const source of merged) this.#merge(mapping, spots, source);
    return mapping;
  }

  #merge(mapping: Mapping, spots: Map<string, Spot>, source: Mapping): void {
    for (const [name, spot] of this.spots.get(source) ?? []) {
      if (spots.has(name)) continue;
      spots.set(name, spot);
      mapping[name] = source[name];
    }
  }

  #mergeSources(key: Node, node: Node | null, depth: number): Mapping[] {
    const before = this.#faults.size;
    const value = this.read(node, depth);
    const sources = Array.isArray(value) ? value : [value];
    if (sources.every(isMapping)) return sources;
    if (this.#faults.size === before) this.#refuse(key, 'A merge key (<<) takes a mapping, or a list of mappings');
    return [];
  }

  #keyName(key: Node, spots: ReadonlyMap<string, Spot>): string {
    const name = String(isScalar(key) ? key.value : '');
    const first = spots.get(name);
    if (first !== undefined) {
      const { line } = this.#document.placeAt(first.key);
      this.#refuse(key, `The key ${quoted(name)} is here a second time`, `The first one is in line ${line}.`);
    }
    // Assigning to it would set the prototype, and the entry would be lost without a word.
    if (name === '__proto__') this.#refuse(key, `${quoted(name)} cannot be the name of anything`);
    if (isScalar(key) && key.anchor !== undefined) this.#anchors.set(key.anchor, { value: name, size: 1 });
    return name;
  }

  #list(items: readonly Node[], depth: number): unknown[] {
    const list: unknown[] = [];
    const spots = new Map<string, Spot>();
    this.spots.set(list, spots);
    for (const [index, item] of items.entries()) {
      const offset = offsetOf(item);
      spots.set(String(index), { key: offset, value: offset });
      list.push(this.read(item, depth + 1));
    }
    return list;
  }

  #scalar(node: Node, value: unknown, source: string | undefined): unknown {
    if (typeof value === 'number' && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? '')) {
      return this.#refuse(node, 'The number has more digits than can be kept exactly', 'Put it in quotes.');
    }
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      return this.#refuse(node, 'The text holds a character that cannot be stored');
    }
    return value;
  }

  #alias(node: Alias): unknown {
    const { source } = node;
    const anchored = this.#anchors.get(source);
    if (anchored === undefined) {
      return this.#refuse(
        node,
        `No anchor ${quoted(source)} stands before this alias`,
        'A plain star needs quotes: "*".',
      );
    }
    if (anchored === 'open') return this.#refuse(node, `The alias of ${quoted(source)} stands inside what it repeats`);
    return this.#grow(anchored.size, node) ? anchored.value : null;
  }

  /** False from where the file has become too large on, which is said once. */
  #grow(values: number, node: Node): boolean {
    const wasSmall = this.#size <= MAX_VALUES;
    this.#size += values;
    if (this.#size <= MAX_VALUES) return true;
    if (wasSmall) this.#refuse(node, `With its aliases written out the file holds more than ${MAX_VALUES} values`);
    return false;
  }

  #refuse(node: Node, message: string, hint?: string): null {
    this.#faults.add(this.#document.placeAt(offsetOf(node)), message, () => hint);
    return null;
  }
}

const isMergeKey = (key: Node): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

const offsetOf = (node: Node): number => node.range?.[0] ?? 0;
