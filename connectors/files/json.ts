/** JSON, record by record: a file may be larger than memory, a record may not. */
import { Tokenizer, TokenParser } from '@streamparser/json';
import { isEmpty, notSound, recordTooLarge } from './faults.ts';
import { MOST_IN_RECORD, recordOf, unfit } from './records.ts';

/** Numbers keep their digits: what is printed is what was written. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    return rawJson(text) as number;
  }
}

/** https://github.com/tc39/proposal-json-parse-with-source */
const rawJson = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

const BLANK = /^[ \t\r\n]*/;

/** `path`: names with points between them; without one the elements of an array, or the whole. Throws `file-contents`. */
export async function* jsonRecords(
  texts: AsyncIterable<string>,
  path: string | undefined,
  file: string,
): AsyncGenerator<unknown> {
  const { first, all } = await firstSign(texts);
  if (first === undefined) throw isEmpty(file);
  const reader = new JsonReader(path, first === '[', file);
  let row = 0;
  const taken = function* (): Generator<unknown> {
    for (const value of reader.take()) {
      row += 1;
      yield recordOf(value, { file, row });
    }
  };
  for await (const text of all) {
    reader.write(text);
    yield* taken();
  }
  reader.end();
  yield* taken();
  if (row === 0 && path !== undefined) throw notSound(file, `has no records at ${path}`);
}

class JsonReader {
  readonly #tokenizer = new ExactTokenizer();
  readonly #file: string;
  #values: unknown[] = [];
  /** Signs since the last record. */
  #since = 0;

  constructor(path: string | undefined, isArray: boolean, file: string) {
    this.#file = file;
    const at = path === undefined ? '$' : `$.${path}`;
    const ofArray = path !== undefined || isArray;
    const parser = new TokenParser({ paths: [ofArray ? `${at}.*` : at], keepStack: false });
    this.#tokenizer.onToken = (token) => parser.write(token);
    parser.onValue = ({ value, parent }) => {
      if (path !== undefined && !Array.isArray(parent)) throw notSound(file, `has no list at ${path}`);
      this.#values.push(value);
    };
    // Its end is looked for by whoever writes: what follows a whole text is a fault.
    this.#tokenizer.onEnd = () => {
      if (!parser.isEnded) parser.end();
    };
  }

  write(text: string): void {
    for (let at = 0; at < text.length; at += PIECE)
      this.#try(() => this.#tokenizer.write(text.slice(at, at + PIECE)), PIECE);
  }

  end(): void {
    if (!this.#tokenizer.isEnded) this.#try(() => this.#tokenizer.end(), 0);
  }

  take(): unknown[] {
    const taken = this.#values;
    this.#values = [];
    return taken;
  }

  #try(action: () => void, signs: number): void {
    const before = this.#values.length;
    try {
      action();
    } catch (error) {
      if (error instanceof Error && 'kind' in error) throw error;
      throw notSound(this.#file, `is no JSON, behind its record ${before}`);
    }
    this.#since = this.#values.length > before ? 0 : this.#since + signs;
    if (this.#since > MOST_IN_RECORD) throw recordTooLarge(this.#file, MOST_IN_RECORD);
  }
}

const PIECE = 64 * 1024;

async function firstSign(texts: AsyncIterable<string>) {
  const rest = texts[Symbol.asyncIterator]();
  let head = '';
  let first: string | undefined;
  while (first === undefined) {
    const { done, value } = await rest.next();
    if (done) break;
    head = value;
    first = value.replace(BLANK, '')[0];
  }
  const all = async function* (): AsyncGenerator<string> {
    try {
      yield head;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  };
  return { first, all: all() };
}

/** A text of JSON a line. A line that is none is a record that does not fit, and no fault of the file. */
export async function* ndjsonRecords(texts: AsyncIterable<string>, file: string): AsyncGenerator<unknown> {
  let row = 0;
  for await (const line of linesOf(texts, file)) {
    if (line.trim() === '') continue;
    row += 1;
    yield lineRecord(line, { file, row });
  }
}

function lineRecord(line: string, place: { readonly file: string; readonly row: number }): unknown {
  try {
    return recordOf(parsed(line), place);
  } catch {
    return unfit('one JSON value on the line', { text: line }, place);
  }
}

/** A double has 15 digits that are sure. */
const MANY_DIGITS = /\d[\d.]{15}|\d[eE]/;

const parsed = (text: string): unknown =>
  MANY_DIGITS.test(text)
    ? JSON.parse(text, ((_: string, value: unknown, { source }: { readonly source: string }) =>
        typeof value === 'number' ? rawJson(source) : value) as (key: string, value: unknown) => unknown)
    : JSON.parse(text);

async function* linesOf(texts: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  let rest: string[] = [];
  let length = 0;
  for await (const text of texts) {
    const [first = '', ...more] = text.split('\n');
    rest.push(first);
    length += first.length;
    if (length > MOST_IN_RECORD) throw recordTooLarge(file, MOST_IN_RECORD);
    const last = more.pop();
    if (last === undefined) continue;
    yield rest.join('');
    yield* more;
    rest = [last];
    length = last.length;
  }
  yield rest.join('');
}
