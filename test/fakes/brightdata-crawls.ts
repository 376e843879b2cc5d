/** The crawls of one account at Bright Data, by a clock that the test moves. */
import { gzipSync } from 'node:zlib';
import type { Fields, Series } from './todoist-completed.ts';

/** What becomes of the crawls that are triggered from now on. */
export interface Fate {
  /** What it says of itself, one after the other; the last one stays. */
  readonly statuses?: readonly string[];
  /** Of each of them, by the clock. */
  readonly secondsEach?: number;
  /** With `failed`. */
  readonly message?: string;
  /** How its download says that it is not ready; 202 if nothing else is said. */
  readonly notReady?: 202 | 409 | 200;
  /** Its download is ready so much later than its status says. */
  readonly lateSeconds?: number;
  /** What is refused of its download, however ready it is. */
  readonly refused?: 'expired' | 'empty' | 'too-large';
  /** How it is written: an array of JSON if not given. */
  readonly written?: 'lines' | 'gzip' | 'with-mark' | 'cut';
  /** Rows that say why an input has failed, among its posts. */
  readonly errors?: readonly Fields[];
  readonly listedAfterSeconds?: number;
  /** Nobody learns what it was asked for. */
  readonly hidesInput?: boolean;
  /** It is begun, and whoever asked for it never hears of it. */
  readonly losesAnswer?: boolean;
}

export interface FakeCrawl {
  readonly id: string;
  readonly dataset: string;
  readonly input: readonly Fields[];
  readonly triggeredAt: number;
  readonly posts: Series<Fields>;
  readonly fate: Fate;
  canceledAt?: number;
}

const STATUSES = ['starting', 'running', 'ready'];
const SECONDS_EACH = 20;

/** Records of a part, whatever is asked for, so that a test has several. */
const PER_PART = 2;

export class FakeCrawls {
  readonly #byId = new Map<string, FakeCrawl>();
  #now = Date.parse('2026-11-21T06:00:00.000Z');
  fate: Fate = {};

  get now(): number {
    return this.#now;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** All that were paid for. */
  get all(): readonly FakeCrawl[] {
    return [...this.#byId.values()];
  }

  find(id: string): FakeCrawl | undefined {
    return this.#byId.get(id);
  }

  trigger(dataset: string, input: readonly Fields[], posts: Series<Fields>): FakeCrawl {
    const id = `s_fake${String(this.#byId.size + 1).padStart(10, '0')}`;
    const crawl = { id, dataset, input, triggeredAt: this.#now, posts, fate: this.fate };
    this.#byId.set(id, crawl);
    return crawl;
  }

  statusOf({ triggeredAt, canceledAt, fate }: FakeCrawl): string {
    const { statuses = STATUSES, secondsEach = SECONDS_EACH } = fate;
    if (canceledAt !== undefined) return 'canceled';
    const step = Math.floor((this.#now - triggeredAt) / (secondsEach * 1000));
    return statuses[Math.min(step, statuses.length - 1)] ?? 'ready';
  }

  /** Whether its download is ready. */
  isThere(crawl: FakeCrawl): boolean {
    const { statuses = STATUSES, secondsEach = SECONDS_EACH, lateSeconds = 0 } = crawl.fate;
    const at = crawl.triggeredAt + ((statuses.length - 1) * secondsEach + lateSeconds) * 1000;
    return this.statusOf(crawl) === 'ready' && this.#now >= at;
  }

  isListed({ triggeredAt, fate: { listedAfterSeconds = 0 } }: FakeCrawl): boolean {
    return this.#now >= triggeredAt + listedAfterSeconds * 1000;
  }
}

export const partsOf = ({ posts, fate: { errors = [] } }: FakeCrawl): number =>
  Math.ceil((posts.length + errors.length) / PER_PART);

/** A snapshot as it is written, piece by piece: it is never there as a whole. */
export function piecesOf(crawl: FakeCrawl, part?: number): Iterable<Uint8Array> {
  const { written } = crawl.fate;
  if (written !== 'gzip') return textOf(crawl, part);
  return [gzipSync(Buffer.concat([...textOf(crawl, part)]))];
}

const AT_ONCE = 64;

function* textOf(crawl: FakeCrawl, part?: number): Generator<Buffer> {
  const { posts, fate } = crawl;
  const { errors = [], written } = fate;
  const [from, to] = part === undefined ? [0, posts.length + errors.length] : [(part - 1) * PER_PART, part * PER_PART];
  const end = Math.min(to, posts.length + errors.length);
  const isLines = written === 'lines';
  if (written === 'with-mark') yield Buffer.from('\uFEFF');
  if (!isLines) yield Buffer.from('[');
  for (let at = from; at < end; at += AT_ONCE) {
    const records = Array.from({ length: Math.min(AT_ONCE, end - at) }, (_, index) => {
      const number = at + index;
      return JSON.stringify(number < posts.length ? posts.at(number) : errors[number - posts.length]);
    });
    const text = records.join(isLines ? '\n' : ',\n');
    const isLast = at + AT_ONCE >= end;
    if (written === 'cut' && isLast) return void (yield Buffer.from(text.slice(0, -5)));
    yield Buffer.from(isLast ? text : `${text}${isLines ? '\n' : ',\n'}`);
  }
  if (!isLines) yield Buffer.from(']');
}

/** The input as a table; a field that holds another thing is JSON. */
export function inputCsv({ input }: FakeCrawl): string {
  const names = [...new Set(input.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  // The scraper has more fields than anybody asks with.
  const lines = [[...names, 'posts_to_not_include'], ...input.map((row) => [...names.map((name) => row[name]), ''])];
  return lines.map((line) => line.map(cell).join(',')).join('\n');
}
