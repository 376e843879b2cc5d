/** The invented source as a connector: it honours cursors, so that "every record exactly once" can be checked. */
import { type Connector, connector, type ExtractContext, integer, type Stream, stream, text } from '@tidemill/kit';
import { z } from 'zod';
import { ARTIFACT, type DataType, type Day, dataTypes, type Item, pagesFrom, shapes } from './dataset.ts';

export const SERVICE = 'kills';

/** The slots of the two days. */
export const slots: Readonly<Record<Day, string>> = {
  1: '2026-11-20T06:00:00.000Z',
  2: '2026-11-21T06:00:00.000Z',
};

const Cursor = z.object({ page: z.int() });
type Cursor = z.infer<typeof Cursor>;

const url = (type: DataType, page: number): string => `https://kills.example/${type}?page=${page}`;

async function* extract(type: DataType, { cursor, interval }: ExtractContext<Cursor | undefined, object>) {
  const { hasMarks, hasArtifact, pages } = shapes[type];
  const day: Day = interval.end.toISOString() === slots[1] ? 1 : 2;
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
