/** The contract of connectors notices a stream of crawls that breaks it. */
import type { Crawl, Stream } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { type BrightDataContents, startBrightData } from '../fakes/brightdata.ts';
import { failed, PAGE, post } from '../fakes/brightdata-samples.ts';
import { choose } from '../fixtures/connectors/chosen.ts';
import { connectorChecks, subjectsOf } from './connector.ts';
import type { StreamTrial, Subject } from './connector-trial.ts';

type Download = ReturnType<Crawl<unknown>['download']>;
type Changes = Partial<Omit<Stream, 'crawl'>> & { readonly crawl?: Partial<Crawl<unknown>> };

const posts = (...found: ReturnType<typeof post>[]): BrightDataContents => ({
  posts: found,
  fate: { errors: [failed()] },
});
const first = { contents: posts(post(1), post(2)), rows: 2 };
const trial: StreamTrial<BrightDataContents> = {
  options: { url: PAGE },
  first,
  later: { contents: posts(post(1), post(2), post(3)), rows: 3 },
  malformed: { contents: posts(post(1), post(2, { likes: 'many' })), rows: 1 },
};

async function sound(): Promise<Subject> {
  const other = { ...trial, options: {} };
  const streams = { facebook_posts: trial, posts: other, snapshots: other };
  const module = new URL('../../connectors/brightdata/index.ts', import.meta.url);
  const [subject] = await subjectsOf<BrightDataContents>({ module, open: startBrightData, streams });
  if (subject === undefined) throw new Error('no stream');
  return subject;
}

const CHOSEN = new URL('../fixtures/connectors/chosen.ts', import.meta.url);

/** The same with a stream that does something otherwise. */
function changed(subject: Subject, change: (stream: Stream, crawl: Crawl<unknown>) => Changes): Subject {
  const { connector, stream } = subject;
  if (stream.crawl === undefined) throw new Error('no crawls');
  const { crawl: way, ...rest } = change(stream, stream.crawl);
  const other = { ...stream, ...rest, crawl: { ...stream.crawl, ...way } } as Stream;
  const changed = { ...connector, streams: [other] };
  choose(changed);
  return { ...subject, module: CHOSEN, stream: other, connector: changed };
}

async function* mapped(download: Download, change: (said: object) => object): Download {
  for await (const said of download) yield change(said) as never;
}

const faults: Readonly<Record<string, readonly [breaks: string, change: Parameters<typeof changed>[1]]>> = {
  'a crawl that is fetched before it is ready': [
    'loads everything the source has',
    () => ({ crawl: { poll: async () => ({ status: 'ready' }) } }),
  ],
  'a copy of what did not come': [
    'loads everything the source has',
    (_, { download }) => ({
      crawl: {
        download: (...given) =>
          mapped(download(...given), (said) =>
            'copied' in said ? { copied: { artifact: 'another.json', key: 'raw/another.json' } } : said,
          ),
      },
    }),
  ],
  'what has failed, taken for a post': [
    'loads everything the source has',
    ({ parse }) => ({
      async *parse(artifact) {
        yield* parse?.(artifact) ?? [];
        yield failed();
      },
    }),
  ],
  'a snapshot that is printed again': [
    'keeps in bronze what the source wrote, byte for byte',
    (_, { download }) => ({
      crawl: {
        download: (...given) =>
          mapped(download(...given), (said) =>
            'artifact' in said ? { ...said, artifact: printed(said.artifact as AsyncIterable<Uint8Array>) } : said,
          ),
      },
    }),
  ],
  'rows that say which crawl they are of': [
    'changes nothing when there is no news',
    ({ toRow }) => ({
      toRow: (record: { readonly _crawl: { readonly snapshot_id: string } }) => ({
        ...toRow(record),
        brand: record._crawl.snapshot_id,
      }),
    }),
  ],
  'a page that is taken for a ticket': [
    'takes a page for no answer, whatever its status',
    (_, { trigger, poll, download }) => ({
      crawl: {
        trigger: (...given) => trigger(...given).catch(() => 'none'),
        poll: async (context, crawl) => (crawl.ticket === 'none' ? { status: 'ready' } : poll(context, crawl)),
        download: async function* (context, crawl) {
          if (crawl.ticket !== 'none') yield* download(context, crawl);
        },
      },
    }),
  ],
  'a search that finds nothing': [
    'pays for a crawl once, wherever it is killed and run again',
    () => ({ crawl: { find: async () => ({ none: true }) } }),
  ],
  'a key in the address': [
    'keeps its credentials out of everything it leaves behind',
    (_, { download }) => ({
      crawl: {
        download: (context, crawl) =>
          mapped(download(context, crawl), (said) =>
            'url' in said ? { ...said, url: `${said.url}&key=${Object.values(context.credentials)}` } : said,
          ),
      },
    }),
  ],
};

async function* printed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  yield Buffer.from(JSON.stringify(JSON.parse(Buffer.concat(all).toString()), undefined, 2));
}

describe('of crawls the connector contract notices', () => {
  it.each(Object.entries(faults).map(([fault, [breaks, change]]) => ({ fault, breaks, change })))(
    '$fault',
    async ({ breaks, change }) => {
      const check = connectorChecks.find(({ promise }) => promise === breaks);
      if (check === undefined) throw new Error(`no check promises that it ${breaks}`);
      const subject = await sound();
      expect(check.concerns(subject)).toBe(true);
      await check.run(subject);
      await expect(check.run(changed(subject, change))).rejects.toThrow();
    },
  );
});
