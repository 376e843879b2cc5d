/** JSON, record by record: a file may be larger than memory, a record may not. */
import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { isEmpty, notSound, recordTooLarge } from './faults.ts';
import { rawJson } from './ndjson.ts';
import { MOST_IN_RECORD, recordOf } from './records.ts';

/** Numbers keep their digits: what is printed is what was written. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    return rawJson(text) as number;
  }
}

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
  if (!reader.hasList) throw notSound(file, `has no list at ${path}`);
}

/** Whether there is a list at the path: one without records is something else than none. */
class ListFinder {
  readonly #names: readonly string[];
  /** The member of each object around; undefined of a list. */
  readonly #around: unknown[] = [];
  #last: unknown;
  found = false;

  constructor(path: string) {
    this.#names = path.split('.');
  }

  see(token: TokenType, value: unknown): void {
    if (token === TokenType.STRING) this.#last = value;
    else if (token === TokenType.COLON) this.#around[this.#around.length - 1] = this.#last;
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.#around.pop();
    else if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      this.found ||= token === TokenType.LEFT_BRACKET && this.#isHere();
      this.#around.push(undefined);
    }
  }

  #isHere(): boolean {
    return (
      this.#around.length === this.#names.length && this.#names.every((name, index) => name === this.#around[index])
    );
  }
}

class JsonReader {
  readonly #tokenizer = new ExactTokenizer();
  readonly #file: string;
  #values: unknown[] = [];
  /** Signs since the last record. */
  #since = 0;
  readonly #list: ListFinder | undefined;

  constructor(path: string | undefined, isArray: boolean, file: string) {
    this.#file = file;
    const at = path === undefined ? '$' : `$.${path}`;
    const ofArray = path !== undefined || isArray;
    const parser = new TokenParser({ paths: [ofArray ? `${at}.*` : at], keepStack: false });
    this.#list = path === undefined ? undefined : new ListFinder(path);
    this.#tokenizer.onToken = (token) => {
      this.#list?.see(token.token, token.value);
      parser.write(token);
    };
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

  get hasList(): boolean {
    return this.#list?.found !== false;
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
