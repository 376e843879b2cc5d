/** Sample records of a source in this process, with as many marks as its option says, evenly among them. */
import {
  bigint,
  boolean,
  connector,
  double,
  type Emission,
  type ExtractContext,
  type Stream,
  stream,
  text,
  timestamptz,
} from '@tidemill/kit';
import { z } from 'zod';
import { sampleRecord } from '../records.ts';

const PAGE = 1_000;

const Cursor = z.object({ after: z.int() });
type Cursor = z.infer<typeof Cursor>;
const Options = z.strictObject({
  records: z.int().describe('How many records there are.'),
  marks: z.int().describe('How many marks they have, the last one included.'),
});

async function* extract({
  cursor,
  options,
}: ExtractContext<Cursor, z.infer<typeof Options>>): AsyncIterable<Emission<Cursor>> {
  const { records, marks } = options;
  for (let { after } = cursor; after < records; ) {
    const next = Math.min(records, after + PAGE);
    const from = after;
    const lines = Array.from({ length: next - from }, (_, index) =>
      Buffer.from(JSON.stringify(sampleRecord(from + index))),
    );
    yield { lines, url: `https://bench.example/activities?after=${after}` };
    const isMark = Math.floor((next * marks) / records) > Math.floor((after * marks) / records);
    after = next;
    if (isMark) yield { mark: { after } };
  }
}

const activities = stream({
  name: 'activities',
  description: 'Invented activities.',
  source: z.object({
    id: z.int(),
    name: z.string(),
    sport: z.string(),
    started_at: z.iso.datetime(),
    distance_m: z.number(),
    is_public: z.boolean(),
  }),
  row: z.object({
    id: bigint().describe('Identifier.'),
    name: text().describe('What it is called.'),
    sport: text().describe('What kind.'),
    started_at: timestamptz().describe('When it began.'),
    distance_m: double().describe('How far.'),
    is_public: boolean().describe('Who may see it.'),
  }),
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  cursor: { version: 1, schema: Cursor, start: { after: 0 } },
  options: Options,
  extract,
  toRow: (record) => record,
});

export default connector({
  service: 'marked',
  title: 'Marks',
  homepage: 'https://bench.example',
  credentials: [],
  streams: [activities as unknown as Stream],
});
