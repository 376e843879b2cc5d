/** Looks for a crawl that may have been triggered, or not: it is one that was begun since, with the same input. */
import {
  type CrawlContext,
  type CrawlFound,
  type CrawlTarget,
  isoDate,
  minus,
  type Plain,
  TidemillError,
  wholeFile,
} from '@tidemill/kit';
import { Listed } from './answers.ts';
import { NO_INPUT, UNKNOWN } from './classify.ts';
import { rowsOfCsv } from './csv.ts';
import type { CrawlOptions } from './options.ts';
import type { Asked } from './targets.ts';

type Context = CrawlContext<CrawlOptions>;

/** The most that one request answers is 5,000. */
const PER_PAGE = 1000;
/** Each of them is a request for its input. */
const MOST_CANDIDATES = 100;
/** Ours is one line; what is larger is another's. */
const MOST_BYTES = 2 ** 20;
/** Clocks differ. */
const EARLIER = { minutes: 1 };

export async function find(
  context: Context,
  target: CrawlTarget,
  { since, known }: { readonly since: Date; readonly known: ReadonlySet<string> },
): Promise<CrawlFound> {
  const asked = target.input as unknown as Asked;
  const candidates = await begunSince(context, asked.dataset_id, since, known);
  if (candidates.length > MOST_CANDIDATES)
    return { unclear: `Bright Data lists ${candidates.length} crawls since then, too many to look at each` };
  let unread = 0;
  for (const id of candidates) {
    const isIts = await hasInput(context, id, asked.input);
    if (isIts) return { ticket: id };
    if (isIts === undefined) unread += 1;
  }
  if (unread > 0) return { unclear: `Of ${unread} crawls since then Bright Data does not say what was asked` };
  return { none: true };
}

/** The oldest first. Dates are all that the list is asked by: hours are compared here. */
async function begunSince(
  { http }: Context,
  dataset_id: string,
  since: Date,
  known: ReadonlySet<string>,
): Promise<string[]> {
  const from = minus(since, EARLIER);
  // It may mean the days behind that one.
  const from_date = isoDate(minus(from, { days: 1 }));
  const found = new Map<string, number>();
  for (let skip = 0; ; ) {
    const query = { dataset_id, from_date, limit: PER_PAGE, skip };
    const page = (await http.json('datasets/v3/snapshots', Listed, { query })).value;
    for (const { id, created } of page) {
      // One without a time may be ours, and is the last to be looked at.
      const at = Date.parse(created ?? '') || Number.MAX_SAFE_INTEGER;
      if (!known.has(id) && at >= from.getTime()) found.set(id, at);
    }
    skip += page.length;
    if (page.length < PER_PAGE) break;
  }
  return [...found].sort(([, a], [, b]) => a - b).map(([id]) => id);
}

/** Undefined where nobody can tell. */
async function hasInput({ http }: Context, id: string, input: Asked['input']): Promise<boolean | undefined> {
  try {
    const { body, url } = await http.bytes(`datasets/v3/snapshot/${id}/input`);
    const text = (await wholeFile(body, MOST_BYTES, url)).toString();
    const [names = [], values, ...others] = rowsOfCsv(text);
    // A page, or an object, is no table of inputs.
    if (values === undefined || /^\s*[<{[]/.test(text)) return undefined;
    return others.length === 0 && isSame(new Map(names.map((name, index) => [name, values[index] ?? ''])), input);
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error;
    if (error.code === NO_INPUT || error.code === UNKNOWN) return undefined;
    if (error.code === 'file-large') return false;
    throw error;
  }
}

/** Fields that were not asked for are there as well, and empty. */
function isSame(cells: ReadonlyMap<string, string>, input: Asked['input']): boolean | undefined {
  const known = Object.entries(input).filter(([name]) => cells.has(name));
  if (known.length === 0) return undefined;
  const isOther = known.some(([name, value]) => isWritten(value, cells.get(name) ?? '') === false);
  const hasMore = [...cells].some(([name, cell]) => cell !== '' && !(name in input));
  if (isOther || hasMore) return false;
  const isAll = known.length === Object.keys(input).length;
  return isAll && known.every(([name, value]) => isWritten(value, cells.get(name) ?? '')) ? true : undefined;
}

/** Whether the cell is how the value may be written; undefined of a list or an object, which nobody knows how it writes. */
function isWritten(value: Plain, cell: string): boolean | undefined {
  switch (typeof value) {
    case 'string':
      return cell === value;
    case 'number':
      return cell !== '' && Number(cell) === value;
    case 'boolean':
      return cell.toLowerCase() === String(value);
    default:
      return value === null ? cell === '' : undefined;
  }
}
