/** What a command prints: a record a line, and how far it is. */
import { type Checkpoint, type Through, TidemillError } from '@tidemill/kit';
import { jsonFault } from '@tidemill/kit/json-fault';
import { isJson } from '@tidemill/kit/json-text';
import type { CheckpointLines } from './command-checkpoints.ts';

const PAGE_LINES = 500;
/** Or so many bytes: what a page holds is in memory at once. */
const PAGE_BYTES = 8 * 1024 * 1024;
const LINE_BREAK = 10;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const SPACE = 32;
/** A line longer than this is not a record but a program that never ends its line. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

interface Output {
  readonly stdout: AsyncIterable<Buffer>;
  /** Id of the job. */
  readonly job: string;
  readonly checkpoints: Pick<CheckpointLines, 'read'>;
}

/** A page of records, or a checkpoint that covers all that came. */
type Read = readonly Buffer[] | Checkpoint<string> | Through;

/** What nobody takes before it is known how the program ends. */
export interface Rest {
  readonly lines: readonly Buffer[];
  /** What the last line says, where that is a checkpoint without a line break behind it. */
  readonly checkpoint: Checkpoint<string> | Through | undefined;
}

/**
 * Pages of records, with the checkpoints between them; returns how to read the last records once the program has ended well: of one that
 * was killed, the last line may be half of what it was to be. That a line is no JSON, or not UTF-8, is its own affair: it is kept as any
 * other, and rejected when it is loaded. That none of the first page is JSON is a fault of the program.
 */
export async function* readOutput({ stdout, job, checkpoints }: Output): AsyncGenerator<Read, () => Rest> {
  const page = new OpenPage(job);
  let isFirst = true;
  let last: Buffer | undefined;
  for await (const { lines, areWhole } of linesOf(stdout, job)) {
    for (const raw of lines) {
      // Windows' consoles and editors begin a text so; it is no part of the first record.
      const line = isFirst && raw.subarray(0, 3).equals(BYTE_ORDER_MARK) ? raw.subarray(3) : raw;
      isFirst = false;
      if (isBlank(line)) continue;
      if (!areWhole) {
        last = line;
        continue;
      }
      const checkpoint = checkpoints.read(line);
      if (checkpoint !== undefined) page.pass(checkpoint);
      else page.add(line);
      if (page.isFull) yield* page.take();
    }
    // A program that is slow is not waited for until its page is full; nor is one that finds nothing for long.
    if (page.hasCheckpoint && page.isSound) yield* page.take();
  }
  yield* page.end();
  return () => {
    const checkpoint = last && checkpoints.read(last);
    return { lines: page.rest(checkpoint === undefined ? last : undefined), checkpoint };
  };
}

/** Records that were not handed on yet, and the last checkpoints among them. */
class OpenPage {
  readonly #job: string;
  #lines: Buffer[] = [];
  #bytes = 0;
  #first: Buffer | undefined;
  #checkpoints: { cursor?: Checkpoint<string>; through?: Through } = {};
  /** How many lines they cover. */
  #covered: number | undefined;
  /** Some line was JSON. */
  #hasJson = false;

  constructor(job: string) {
    this.#job = job;
  }

  get isFull(): boolean {
    return this.#lines.length >= PAGE_LINES || this.#bytes >= PAGE_BYTES;
  }

  /** It has no lines of which none is JSON. */
  get isSound(): boolean {
    return this.#hasJson || this.#lines.length === 0;
  }

  get hasCheckpoint(): boolean {
    return this.#covered !== undefined;
  }

  add(line: Buffer): void {
    this.#first ??= line;
    this.#lines.push(line);
    this.#hasJson ||= isJson(line);
    this.#bytes += line.length;
  }

  pass(checkpoint: Checkpoint<string> | Through): void {
    if ('through' in checkpoint) this.#checkpoints.through = checkpoint;
    else this.#checkpoints.cursor = checkpoint;
    this.#covered = this.#lines.length;
  }

  /** All of it; where there is a checkpoint, what it covers and no more. Throws `command-output`. */
  *take(): Generator<Read> {
    this.#refuseWithoutJson();
    yield* this.#handOn();
  }

  *#handOn(): Generator<Read> {
    const taken = this.#lines.slice(0, this.#covered);
    const { cursor, through } = this.#checkpoints;
    this.#lines = this.#lines.slice(taken.length);
    this.#bytes = this.#lines.reduce((sum, { length }) => sum + length, 0);
    this.#checkpoints = {};
    this.#covered = undefined;
    if (taken.length > 0) yield taken;
    if (through !== undefined) yield through;
    if (cursor !== undefined) yield cursor;
  }

  /** The output is over: what a checkpoint covers. Throws `command-output`. */
  *end(): Generator<Read> {
    this.#refuseWithoutJson();
    if (this.hasCheckpoint) yield* this.#handOn();
  }

  /** What none covers, and the last line that has no end, if it is a record. Throws `command-output`. */
  rest(last: Buffer | undefined): readonly Buffer[] {
    if (last !== undefined) {
      this.add(last);
      this.#refuseWithoutJson();
    }
    return this.#lines;
  }

  #refuseWithoutJson(): void {
    if (!this.isSound) throw noJson(this.#job, this.#lines.length, this.#first);
  }
}

/** Most lines begin with what is no blank: the others are looked at. */
const isBlank = (line: Buffer): boolean => (line[0] ?? 0) <= SPACE && line.toString().trim() === '';

function noJson(job: string, lines: number, first: Buffer = Buffer.of()): TidemillError {
  const what =
    lines === 1 ? 'the first line of its output is not JSON' : `the first ${lines} lines of its output are not JSON`;
  return broken(job, `${what}; the first one stops being it at ${jsonFault(first.toString())}`);
}

interface Piece {
  readonly lines: readonly Buffer[];
  /** They end with a line break; the last one of all need not. */
  readonly areWhole: boolean;
}

async function* linesOf(chunks: AsyncIterable<Buffer>, job: string): AsyncIterable<Piece> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_BREAK);
    if (end !== -1) {
      yield { lines: split(Buffer.concat([...rest, chunk.subarray(0, end)])), areWhole: true };
      rest = [];
    }
    rest.push(chunk.subarray(end + 1));
    if (rest.reduce((sum, { length }) => sum + length, 0) > MAX_LINE_BYTES) throw broken(job, 'a line has no end');
  }
  yield { lines: [Buffer.concat(rest)], areWhole: false };
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
