/** XML, record by record. */
import sax, { type QualifiedTag, type Tag } from 'sax';
import { isEmpty, notSound, recordTooLarge } from './faults.ts';
import { MOST_IN_RECORD, recordOf } from './records.ts';

type Value = string | null | { [name: string]: unknown };

/** An element that has begun. */
interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Map<string, Value[]>;
  text: string;
}

/**
 * Elements at the path, which begins with the outermost one; without a path those in the outermost one. An attribute is a field called
 * `@name`, an element in it a field of its name, a list where there are several, and the text beside them `#text`; an element
 * that has nothing but text is that text. Throws `file-contents`.
 */
export async function* xmlRecords(
  texts: AsyncIterable<string>,
  path: string | undefined,
  file: string,
): AsyncGenerator<unknown> {
  const reader = new XmlReader(path?.split('.'), file);
  let row = 0;
  const taken = function* (): Generator<unknown> {
    for (const value of reader.take()) {
      row += 1;
      // An element that has only text is an object, too, as the others beside it are.
      yield recordOf(typeof value === 'string' || value === null ? { '#text': value } : value, { file, row });
    }
  };
  for await (const text of texts) {
    reader.write(text);
    yield* taken();
  }
  reader.end();
  yield* taken();
  if (!reader.hasParent) throw notSound(file, `has nothing that records could be in at ${path}`);
}

class XmlReader {
  readonly #parser = sax.parser(true, { position: true });
  readonly #file: string;
  /** Names of all elements around what is read. */
  readonly #around: string[] = [];
  /** Those inside a record, the record first. */
  #open: Open[] = [];
  #values: Value[] = [];
  #since = 0;
  #hasRoot = false;
  /** Of the records: a list without any is something else than none. */
  hasParent = false;

  constructor(path: readonly string[] | undefined, file: string) {
    this.#file = file;
    const isRecord = (): boolean =>
      path === undefined
        ? this.#around.length === 2
        : this.#around.length === path.length && path.every((name, index) => name === this.#around[index]);
    const isParent = (): boolean =>
      this.#around.length === (path?.length ?? 2) - 1 &&
      this.#around.every((name, index) => path === undefined || name === path[index]);
    this.#parser.onerror = () => {
      throw notSound(file, `is no XML, in line ${this.#parser.line + 1}`);
    };
    this.#parser.onopentag = ({ name, attributes }: Tag | QualifiedTag) => {
      this.#hasRoot = true;
      this.#around.push(name);
      this.hasParent ||= isParent();
      if (this.#open.length === 0 && !isRecord()) return;
      this.#open.push({ name, attributes: attributes as Record<string, string>, children: new Map(), text: '' });
    };
    this.#parser.ontext = (text) => this.#add(text);
    this.#parser.oncdata = (text) => this.#add(text);
    this.#parser.onclosetag = () => this.#close();
  }

  write(text: string): void {
    const before = this.#values.length;
    this.#parser.write(text);
    this.#since = this.#values.length > before ? 0 : this.#since + text.length;
    if (this.#since > MOST_IN_RECORD) throw recordTooLarge(this.#file, MOST_IN_RECORD);
  }

  end(): void {
    if (!this.#hasRoot) throw isEmpty(this.#file);
    this.#parser.close();
  }

  take(): Value[] {
    const taken = this.#values;
    this.#values = [];
    return taken;
  }

  #add(text: string): void {
    const last = this.#open.at(-1);
    if (last !== undefined) last.text += text;
  }

  #close(): void {
    this.#around.pop();
    const ended = this.#open.pop();
    if (ended === undefined) return;
    const value = fieldOf(ended);
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#values.push(value);
    else parent.children.set(ended.name, [...(parent.children.get(ended.name) ?? []), value]);
  }
}

function fieldOf({ attributes, children, text }: Open): Value {
  const own = text.trim() === '' ? null : text;
  const names = Object.keys(attributes);
  if (names.length === 0 && children.size === 0) return own;
  return Object.fromEntries([
    ...names.map((name) => [`@${name}`, attributes[name]]),
    ...[...children].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
    ...(own === null ? [] : [['#text', own]]),
  ]);
}
