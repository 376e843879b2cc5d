/**
 * A connector whose source has one event an hour since 1 November, which it reads from the 20th on, and a register of the
 * last twelve hours. It leaves a line in `reads` for every time it is asked, and fails while there is a file `broken`. And one of
 * a catalogue, which is listed page by page.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  bigint,
  connector,
  type Emission,
  type ExtractContext,
  goOn,
  stream,
  TidemillError,
  text,
  timestamptz,
} from '@tidemill/kit';
import { z } from 'zod';

const HOUR_MS = 3_600_000;
const FIRST = Date.parse('2026-11-01T00:00:00Z');
/** Events of a page; each page ends with a mark. */
const PAGE = 12;

const Event = z.object({ id: z.int(), at: z.iso.datetime(), said: z.string() });
const EventRow = z.object({
  id: bigint().describe('Identifier.'),
  at: timestamptz().describe('When it happened.'),
  said: text().describe('What the source said of it, and when.'),
});
const Cursor = z.object({ after: z.iso.datetime() });
const start = { after: '2026-11-20T00:00:00.000Z' };

/** Events from one instant up to another, as they are told at a third. */
function eventsBetween(from: number, to: number, now: Date): z.infer<typeof Event>[] {
  const first = Math.max(0, Math.ceil((from - FIRST) / HOUR_MS));
  const last = Math.ceil((to - FIRST) / HOUR_MS);
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => {
    const id = first + index;
    return { id, at: new Date(FIRST + id * HOUR_MS).toISOString(), said: `as of ${now.toISOString()}` };
  });
}

function ask({ cwd }: ExtractContext<unknown, object>['system'], what: string): void {
  appendFileSync(join(cwd, 'reads'), `${what}\n`);
  if (existsSync(join(cwd, 'broken'))) throw new TidemillError('source-changed', 'dated-broken', 'it is broken');
}

async function* extract(context: ExtractContext<z.infer<typeof Cursor>, object>): AsyncIterable<Emission<unknown>> {
  const { cursor, now, until = now, system } = context;
  ask(system, `${cursor.after} ${until.toISOString()}`);
  const events = eventsBetween(Date.parse(cursor.after), until.getTime(), now);
  for (let at = 0; at < events.length; at += PAGE) {
    const records = events.slice(at, at + PAGE);
    yield { records, url: 'https://dated.example/events' };
    const last = records.at(-1)?.at ?? '';
    yield { mark: { after: new Date(Date.parse(last) + HOUR_MS).toISOString() } };
  }
}

const PAGES = 10;

/**
 * Two things a page. Fails once at the page that the file `breaks_at` names; while there is a file `stale`, no page is known by its token any more; the
 * file `things` says how many there are.
 */
async function* catalogue({ now, system, resume }: ExtractContext<undefined, object>): AsyncIterable<Emission<never>> {
  const file = (name: string): string => join(system.cwd, name);
  const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim() : '');
  const things = Number(read('things') || 2 * PAGES);
  async function* pages(from: string | undefined): AsyncGenerator<Emission<never>, void> {
    for (let page = Number(from ?? 1); page <= PAGES; page += 1) {
      ask(system, `page ${page}`);
      if (page > 1 && existsSync(file('stale')))
        throw new TidemillError('source-changed', 'dated-stale', 'no such page');
      if (read('breaks_at') === String(page)) {
        rmSync(file('breaks_at'));
        throw new TidemillError('source-changed', 'dated-broken', 'it is broken');
      }
      const ids = [2 * page - 1, 2 * page].filter((id) => id <= things);
      const records = ids.map((id) => ({ id, at: now.toISOString(), said: `on page ${page}` }));
      yield { records, url: 'https://dated.example/catalogue' };
      if (page < PAGES) yield { resume: String(page + 1), told: [things] };
    }
  }
  yield* goOn(resume, pages);
  yield { complete: [things] };
}

const told = {
  description: 'What happened.',
  source: Event,
  row: EventRow,
  method: 'api_json',
  extract,
  toRow: (event: z.infer<typeof Event>) => event,
} as const;
const cursor = { version: 1, schema: Cursor, start, at: (instant: Date) => ({ after: instant.toISOString() }) };

export default connector({
  service: 'dated',
  title: 'Dated',
  homepage: 'https://dated.example',
  credentials: [],
  streams: [
    stream({ ...told, name: 'events', key: ['id'], write: 'upsert', cursor }),
    stream({ ...told, name: 'log', key: [], write: 'append', cursor }),
    stream({ ...told, name: 'firsts', key: ['id'], write: 'append', cursor }),
    stream({ ...told, name: 'opaque', key: ['id'], write: 'upsert', cursor: { version: 1, schema: Cursor, start } }),
    stream({
      ...told,
      name: 'flawed',
      key: ['id'],
      write: 'upsert',
      cursor,
      // Every fifth event says nothing, and is rejected.
      toRow: ({ said, ...event }) => ({ ...event, said: event.id % 5 === 0 ? (undefined as never) : said }),
    }),
    stream({
      ...told,
      name: 'catalogue',
      key: ['id'],
      write: 'upsert',
      scope: 'everything',
      end: 'total',
      pageTokens: { goodForHours: 6 },
      checkpoints: { pages: 3, seconds: 600 },
      options: z.strictObject({ letter: z.string().default('a') }),
      extract: catalogue,
    }),
    stream({
      ...told,
      name: 'register',
      key: ['id'],
      write: 'upsert',
      scope: 'everything',
      async *extract({ now, system }) {
        ask(system, 'register');
        yield {
          records: eventsBetween(now.getTime() - 12 * HOUR_MS, now.getTime(), now),
          url: 'https://dated.example',
        };
      },
    }),
  ],
});
