/** NDJSON, which others call JSON Lines: a text of JSON a line. */
import { recordTooLarge } from './faults.ts';
import { MOST_IN_RECORD, recordOf, unfit } from './records.ts';

/**
 * A number that is printed as it was written, with all its digits: https://github.com/tc39/proposal-json-parse-with-source
 */
export const rawJson = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

/** A line that is no JSON is a record that does not fit, and no fault of the file. */
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
