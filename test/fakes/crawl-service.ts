/** Crawls with one stream of a service at its fake, up to what it says; nothing is kept and nothing is loaded. */
import {
  type Artifact,
  asTidemillError,
  type Connector,
  type Copied,
  type Crawl,
  type CrawlContext,
  type CrawlTarget,
  type StoredArtifact,
  type TidemillError,
  type TriggeredCrawl,
} from '@tidemill/kit';
import type { ServiceFake } from '../contracts/service.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { driveCrawls } from './crawl-driver.ts';
import { httpOf, streamOf } from './read-service.ts';

type Fake = ServiceFake<never> & { pass(milliseconds: number): void };

export interface Desk {
  readonly crawl: Crawl<unknown>;
  /** The first one of the job. */
  readonly target: CrawlTarget;
  readonly context: CrawlContext<unknown>;
  readonly clock: FakeClock;
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/** What stays of an artifact. */
export interface Kept extends Omit<StoredArtifact, 'bytes'> {
  readonly text: string;
}

export interface Crawled {
  readonly triggered: readonly TriggeredCrawl[];
  readonly kept: readonly Kept[];
  readonly copied: readonly Copied['copied'][];
  /** Added up. */
  readonly counted: Readonly<Record<string, number>>;
  readonly gone: readonly string[];
  /** What the stream makes of its artifacts. */
  readonly records: readonly unknown[];
  readonly notices: readonly string[];
  readonly failure: TidemillError | undefined;
}

const SPAN = { start: new Date('2026-11-20T06:00:00Z'), end: new Date('2026-11-21T06:00:00Z') };

/** The crawls of a stream with what they are given. `close` it. */
export function deskOf(connector: Connector, name: string, fake: Fake, options: object, now = SPAN.end): Desk {
  const stream = streamOf(connector, name);
  if (stream.crawl === undefined) throw new Error(`${name} has no crawls`);
  const clock = fakeClock(now.toISOString());
  const http = httpOf(connector, fake, clock);
  const notices: string[] = [];
  const context = {
    options: stream.options?.parse(options) ?? {},
    interval: SPAN,
    now,
    credentials: fake.credentials,
    http,
    accessToken: () => Promise.reject(new Error('only for libraries')),
    signal: new AbortController().signal,
    system: { env: {}, cwd: '/' },
    notice: (message: string) => void notices.push(message),
  };
  const [target] = stream.crawl.targets(context.options, SPAN);
  if (target === undefined) throw new Error(`${name} has no targets`);
  return { crawl: stream.crawl, target, context, clock, notices, close: () => http.close() };
}

export async function crawlService(connector: Connector, name: string, fake: Fake, options: object): Promise<Crawled> {
  const desk = deskOf(connector, name, fake, options);
  const triggered: TriggeredCrawl[] = [];
  const [kept, copied, gone]: [Kept[], Copied['copied'][], string[]] = [[], [], []];
  const counted: Record<string, number> = {};
  let failure: TidemillError | undefined;
  try {
    const drive = {
      ...desk,
      interval: SPAN,
      pass: fake.pass,
      onTriggered: (one: TriggeredCrawl) => triggered.push(one),
    };
    for await (const said of driveCrawls(desk.crawl, drive)) {
      if ('artifact' in said) kept.push(await keep(said));
      else if ('copied' in said) copied.push(said.copied);
      else if ('gone' in said) gone.push(said.gone);
      else if ('counted' in said)
        for (const [what, count] of Object.entries(said.counted)) counted[what] = (counted[what] ?? 0) + count;
      else throw new Error(`nobody expects ${Object.keys(said).join(', ')}`);
    }
  } catch (thrown) {
    failure = asTidemillError(thrown);
  } finally {
    await desk.close();
  }
  const records = failure === undefined ? await recordsIn(connector, name, kept) : [];
  return { triggered, kept, copied, counted, gone, records, notices: desk.notices, failure };
}

async function keep({ artifact, name, contentType, url }: Artifact): Promise<Kept> {
  const pieces: Uint8Array[] = [];
  if (artifact instanceof Uint8Array) pieces.push(artifact);
  else for await (const piece of artifact) pieces.push(piece);
  return { name, contentType, url, text: Buffer.concat(pieces).toString() };
}

async function recordsIn(connector: Connector, name: string, kept: readonly Kept[]): Promise<unknown[]> {
  const { parse } = streamOf(connector, name);
  const records: unknown[] = [];
  for (const { text, ...artifact } of kept) {
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    for await (const record of parse?.({ ...artifact, bytes }) ?? []) records.push(record);
  }
  return records;
}
