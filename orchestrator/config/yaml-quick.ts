/**
 * The quick reader of YAML: text → plain values, without where they stand. Of a file that is out of the ordinary in any way
 * it says nothing, and the reader that knows places and faults (`yaml-nodes.ts`) is asked; what this one answers, that one
 * would have read (`yaml.property.test.ts`).
 */
import {
  COLLECTION_STYLE,
  type CollectionStyle,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { MAX_CHARACTERS } from './yaml-document.ts';
import { isMapping, type Mapping } from './yaml-value.ts';

/** A file whose values lie deeper is read by the other reader. */
const MAX_DEPTH = 50;

/** So is one with more values, every alias written out: it counts exactly. */
const MAX_VALUES = 500_000;

/** Control characters, other line ends and the like, which the two readers may take for different things. */
const ODD = /[^\n\r\P{C}]|[\u{2028}\u{2029}\u{fffd}]|\r(?!\n)/u;

/** Directives, other documents, block scalars that say how far they are indented, and a last line of nothing but blanks. */
const RARE = /^(?: *(?:%|\.\.\.)| +---)|[|>][-+]?\d|\n +(?![\s\S])/m;

/** What stands in its line before the key of a block: how far it is indented, and the dashes of lists that begin there. */
const BEFORE_KEY = /^[ -]*['"]?$/;

const ANCHOR = /^[\w-]+$/;

/** Of an event, what it does not have. */
const ABSENT = -1;

/** The file needs the other reader. */
class Doubt extends Error {}

type Content = Exclude<
  Event,
  { readonly type: typeof EVENT_ID.DOCUMENT | typeof EVENT_ID.ALIAS | typeof EVENT_ID.POP }
>;

interface Anchored {
  value: unknown;
  /** How many values it holds; 0 while it is being read. */
  size: number;
}

export interface QuickYaml {
  readonly value: unknown;
  /** The keys of one of its mappings, in the order of the file. */
  keysOf(mapping: object): string[];
}

/** Undefined for what is no YAML, and for what is not as everybody writes it. */
export function readQuick(text: string): QuickYaml | undefined {
  if (text.length > MAX_CHARACTERS || ODD.test(text) || RARE.test(text)) return undefined;
  try {
    const reading = new Reading(text, parseEvents(text, { maxDepth: MAX_DEPTH }));
    const value = reading.document();
    const { keysOf } = reading;
    return { value, keysOf };
  } catch (error) {
    if (error instanceof Doubt || error instanceof YAMLException) return undefined;
    throw error;
  }
}

class Reading {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, Anchored>();
  #at = 0;
  /** How many values were read so far, those behind aliases included. */
  #size = 0;

  readonly keysOf: QuickYaml['keysOf'];
  /** Of mappings whose order an object does not keep. */
  readonly #keys: WeakMap<object, string[]>;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
    const keys = new WeakMap<object, string[]>();
    this.#keys = keys;
    // It outlives the events, and must not hold them.
    this.keysOf = (mapping) => keys.get(mapping) ?? Object.keys(mapping);
  }

  document(): unknown {
    const document = this.#next();
    const root = this.#next();
    if (document.type !== EVENT_ID.DOCUMENT || root.type === EVENT_ID.SCALAR) throw new Doubt();
    const value = this.#read(root);
    if (this.#next().type !== EVENT_ID.POP || this.#at < this.#events.length) throw new Doubt();
    return value;
  }

  #next(): Event {
    const event = this.#events[this.#at];
    if (event === undefined) throw new Doubt();
    this.#at += 1;
    return event;
  }

  #read(event: Event): unknown {
    if (event.type === EVENT_ID.ALIAS) return this.#alias(this.#text.slice(event.anchorStart, event.anchorEnd));
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP || event.tagStart !== ABSENT) throw new Doubt();
    const before = this.#size;
    this.#size += 1;
    if (event.anchorStart === ABSENT) return this.#content(event);
    const anchored: Anchored = { value: undefined, size: 0 };
    this.#anchors.set(this.#anchor(event), anchored);
    anchored.value = this.#content(event);
    anchored.size = this.#size - before;
    return anchored.value;
  }

  #content(event: Content): unknown {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event);
    return event.type === EVENT_ID.SEQUENCE ? this.#list() : this.#mapping(event.style);
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    for (let event = this.#next(); event.type !== EVENT_ID.POP; event = this.#next()) list.push(this.#read(event));
    return list;
  }

  #mapping(style: CollectionStyle): Mapping {
    const mapping: Mapping = {};
    const names: string[] = [];
    const merged: Mapping[] = [];
    const add = (name: string, value: unknown): void => {
      mapping[name] = value;
      names.push(name);
    };
    for (let key = this.#next(); key.type !== EVENT_ID.POP; key = this.#next()) {
      const name = this.#name(key, style);
      if (name === undefined) merged.push(...mergeSources(this.#read(this.#next())));
      else if (name === '__proto__' || Object.hasOwn(mapping, name)) throw new Doubt();
      else add(name, this.#read(this.#next()));
    }
    // Keys of the mapping itself win over merged ones wherever they stand; earlier sources win over later ones.
    for (const source of merged) {
      for (const name of this.keysOf(source)) if (!Object.hasOwn(mapping, name)) add(name, source[name]);
    }
    if (names.some(isPosition)) this.#keys.set(mapping, names);
    return mapping;
  }

  /** The text of a key; undefined for the merge key. */
  #name(key: Event, style: CollectionStyle): string | undefined {
    if (key.type !== EVENT_ID.SCALAR || key.valueStart === ABSENT) throw new Doubt();
    if (style === COLLECTION_STYLE.BLOCK && !BEFORE_KEY.test(this.#lineBefore(key.valueStart))) throw new Doubt();
    if (key.tagStart !== ABSENT || key.anchorStart !== ABSENT) throw new Doubt();
    this.#size += 1;
    const name = this.#textOf(key);
    return name === '<<' && key.style === SCALAR_STYLE.PLAIN ? undefined : name;
  }

  #scalar(scalar: ScalarEvent): unknown {
    const text = this.#textOf(scalar);
    if (scalar.style === SCALAR_STYLE.PLAIN && this.#isBelowComment(scalar.valueStart)) throw new Doubt();
    return scalar.style === SCALAR_STYLE.PLAIN ? plainValue(text) : text;
  }

  #textOf(scalar: ScalarEvent): string {
    const text = getScalarValue(this.#text, scalar);
    // An escape may stand for what no text must hold.
    const isSuspect = scalar.style === SCALAR_STYLE.DOUBLE_QUOTED && (text.includes('\0') || !text.isWellFormed());
    if (isSuspect) throw new Doubt();
    return text;
  }

  /** What stands before it in its line. */
  #lineBefore(start: number): string {
    return this.#text.slice(this.#text.lastIndexOf('\n', start - 1) + 1, start);
  }

  /** The other reader takes a text below a comment that is indented less than it for the key of a mapping. */
  #isBelowComment(start: number): boolean {
    const line = this.#lineBefore(start);
    if (start <= 0 || line.trim() !== '') return false;
    const above = this.#text.slice(0, start - line.length).trimEnd();
    return above.includes('#', above.lastIndexOf('\n') + 1);
  }

  /** The name of the anchor, which stands alone in its line before a block. */
  #anchor({ anchorStart, anchorEnd, ...event }: Content): string {
    const isBlock = event.type !== EVENT_ID.SCALAR && event.style === COLLECTION_STYLE.BLOCK;
    const isApart = isBlock
      ? this.#text.slice(anchorEnd, event.start).includes('\n')
      : /^[ \r\n]?$/.test(this.#text.charAt(anchorEnd));
    const anchor = this.#text.slice(anchorStart, anchorEnd);
    if (!isApart || !ANCHOR.test(anchor)) throw new Doubt();
    return anchor;
  }

  #alias(name: string): unknown {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined || anchored.size === 0) throw new Doubt();
    this.#size += anchored.size;
    if (this.#size > MAX_VALUES) throw new Doubt();
    return anchored.value;
  }
}

function mergeSources(value: unknown): readonly Mapping[] {
  const sources = Array.isArray(value) ? value : [value];
  if (sources.every(isMapping)) return sources;
  throw new Doubt();
}

/** Objects have such keys first, in the order of their numbers. */
const isPosition = (name: string): boolean => /^\d+$/.test(name);

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** What a text without quotes stands for in the core schema: https://yaml.org/spec/1.2.2/#103-core-schema */
function plainValue(text: string): unknown {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  return /^[-+.\d]/.test(text) ? numberOrText(text) : text;
}

function numberOrText(text: string): number | string {
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) {
    const number = Number.parseFloat(text);
    if (/^[-+]?\d+$/.test(text) && !Number.isSafeInteger(number)) throw new Doubt();
    return number;
  }
  // Octal, hexadecimal, infinite, and what is no number at all.
  if (/^(?:0[ox][\da-fA-F]+|[-+]?\.(?:inf|nan))$/i.test(text)) throw new Doubt();
  return text;
}
