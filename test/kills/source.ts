/** The invented source as a connector: it honours cursors, so that "every record exactly once" can be checked. */
import {
  ascending,
  type Connector,
  connector,
  type Emission,
  type ExtractContext,
  goOn,
  integer,
  type Lines,
  type Stream,
  stream,
  text,
} from '@tidemill/kit';
import { z } from 'zod';
import { ARTIFACT, type DataType, type Day, dataTypes, type Item, PAGES_A_MARK, pagesFrom, shapes } from './dataset.ts';

export const SERVICE = 'kills';

/** The slots of the two days. */
export const slots: Readonly<Record<Day, string>> = {
  1: '2026-11-20T06:00:00.000Z',
  2: '2026-11-21T06:00:00.000Z',
};

const Cursor = z.object({ page: z.int() });
type Cursor = z.infer<typeof Cursor>;

const url = (type: DataType, page: number): string => `https://kills.example/${type}?page=${page}`;

/** A line for each page that a leg has asked for, in its folder. */
export const ASKED = 'asked';

/** Who is told before a page is asked for, and when it is there. */
export const requests = { reached: (_when: 'before' | 'after'): void => undefined };

/** One page, as if it came by a wire. */
function ask(type: DataType, page: number, records: readonly Item[]): Lines {
  requests.reached('before');
  const lines = records.map((record) => Buffer.from(JSON.stringify(record)));
  requests.reached('after');
  return { lines, url: url(type, page) };
}

/** What lies at the place or behind it, in pages of their own. */
async function* feed(day: Day, from: number): AsyncGenerator<Lines, undefined> {
  const left = pagesFrom('feed', 0, day)
    .flat()
    .filter(({ n }) => Number(n) >= from);
  for (let at = 0; at < left.length; at += PAGE) yield ask('feed', at, left.slice(at, at + PAGE));
  return undefined;
}

const PAGE = 4;

async function* shelf(day: Day, from: string | undefined): AsyncGenerator<Emission<never>, void> {
  const pages = pagesFrom('shelf', 0, day);
  for (let page = Number(from ?? 0); page < pages.length; page += 1) {
    yield ask('shelf', page, pages[page] ?? []);
    if (page + 1 < pages.length) yield { resume: String(page + 1) };
  }
}

async function* extract(
  type: DataType,
  context: ExtractContext<Cursor | undefined, object>,
): AsyncGenerator<Emission<Cursor>, void> {
  const { cursor, interval } = context;
  const { hasMarks, hasArtifact, pages, saysHowFar } = shapes[type];
  const day: Day = interval.end.toISOString() === slots[1] ? 1 : 2;
  if (saysHowFar === 'by token') return yield* goOn(context.resume, (from) => shelf(day, from));
  if (saysHowFar === 'in order') {
    yield* ascending(feed(day, cursor?.page ?? 0), { by: 'n', cursorAt: (page) => ({ page }) });
    return yield { mark: { page: pages[day] * PAGE } };
  }
  const first = hasMarks ? (cursor?.page ?? 0) : 0;
  for (const [index, records] of pagesFrom(type, first, day).entries()) {
    const page = first + index;
    yield { records, url: url(type, page) };
    if (hasMarks && page < pages[day]) yield { mark: { page: page + 1 } };
  }
  if (hasArtifact) yield { artifact: ARTIFACT, name: 'page.html', contentType: 'text/html', url: url(type, 0) };
}

const streamOf = (type: DataType) =>
  stream({
    name: type,
    description: `Invented ${type}.`,
    source: z.object({ id: z.string(), n: z.number(), text: z.string() }),
    row: z.object({
      id: text().describe('Identifier.'),
      n: integer().describe('Number.'),
      chars: integer().describe('Length of the text.'),
    }),
    key: shapes[type].key,
    write: shapes[type].write,
    scope: shapes[type].scope ?? 'changes',
    method: 'api_json',
    end: 'last-page',
    checkpoints: { pages: PAGES_A_MARK, seconds: 1_000_000 },
    ...(shapes[type].saysHowFar === 'by token' ? { pageTokens: { goodForHours: 24 } } : {}),
    ...(shapes[type].hasMarks ? { cursor: { version: 1, schema: Cursor, start: { page: 0 } } } : {}),
    extract: (context: ExtractContext<Cursor | undefined, object>) => extract(type, context),
    toRow: ({ id, n, text }: Item) => ({ id, n: n as number, chars: text.length }),
  });

const source: Connector = connector({
  service: SERVICE,
  title: 'Kills',
  homepage: 'https://kills.example',
  credentials: [],
  streams: dataTypes.map((type) => streamOf(type) as Stream),
});
export default source;
