/** What a command prints: a record a line. */
import { TidemillError } from '@tidemill/kit';
import { jsonFault } from '@tidemill/kit/json-fault';
import { isJson } from '@tidemill/kit/json-text';

const PAGE_LINES = 500;
/** Or so many bytes: what a page holds is in memory at once. */
const PAGE_BYTES = 8 * 1024 * 1024;
const LINE_BREAK = 10;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const SPACE = 32;
/** A line longer than this is not a record but a program that never ends its line. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Pages of records. That a line is no JSON, or not UTF-8, is its own affair: it is kept as any other, and rejected when it
 * is loaded. That none of the first page is JSON is a fault of the program.
 */
export async function* recordLines(stdout: AsyncIterable<Buffer>, job: string): AsyncIterable<Buffer[]> {
  let isFirst = true;
  let isSound = false;
  let first: Buffer | undefined;
  let bytes = 0;
  let page: Buffer[] = [];
  for await (const lines of linesOf(stdout, job)) {
    for (const raw of lines) {
      // Windows' consoles and editors begin a text so; it is no part of the first record.
      const line = isFirst && raw.subarray(0, 3).equals(BYTE_ORDER_MARK) ? raw.subarray(3) : raw;
      isFirst = false;
      if (isBlank(line)) continue;
      first ??= line;
      page.push(line);
      isSound ||= isJson(line);
      bytes += line.length;
      if (page.length < PAGE_LINES && bytes < PAGE_BYTES) continue;
      if (!isSound) throw noJson(job, page.length, first);
      yield page;
      page = [];
      bytes = 0;
    }
  }
  if (page.length > 0 && !isSound) throw noJson(job, page.length, first);
  if (page.length > 0) yield page;
}

/** Most lines begin with what is no blank: the others are looked at. */
const isBlank = (line: Buffer): boolean => (line[0] ?? 0) <= SPACE && line.toString().trim() === '';

function noJson(job: string, lines: number, first: Buffer = Buffer.of()): TidemillError {
  const what =
    lines === 1 ? 'the first line of its output is not JSON' : `the first ${lines} lines of its output are not JSON`;
  return broken(job, `${what}; the first one stops being it at ${jsonFault(first.toString())}`);
}

async function* linesOf(chunks: AsyncIterable<Buffer>, job: string): AsyncIterable<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_BREAK);
    if (end !== -1) {
      yield split(Buffer.concat([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    rest.push(chunk.subarray(end + 1));
    if (rest.reduce((sum, { length }) => sum + length, 0) > MAX_LINE_BYTES) throw broken(job, 'a line has no end');
  }
  yield split(Buffer.concat(rest));
}

function split(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(LINE_BREAK, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length + 1 : end + 1;
  }
  return lines;
}

const broken = (job: string, what: string): TidemillError =>
  new TidemillError('source-changed', 'command-output', `${job}: ${what}`, {
    hint: 'The command must print one JSON value a line and nothing else; messages belong on stderr.',
  });
