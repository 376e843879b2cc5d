/** Runs a stream's `extract` as the pipeline does, and keeps what it said. */
import { type Emission, type ExtractContext, type Http, parseLine, type Scope, type Stream } from '@tidemill/kit';

export interface Extracted {
  readonly records: readonly unknown[];
  /** Records of each page. */
  readonly pages: readonly number[];
  readonly urls: readonly string[];
  /** Cursors, of checkpoints as well. */
  readonly marks: readonly unknown[];
  /** Whether the source said that it has no news, and nothing else. */
  readonly isUnchanged: boolean;
  /** What it said, before the first record, of a stream whose runs may say either. */
  readonly scope: Scope;
  readonly notices: readonly string[];
}

type Given = Pick<ExtractContext<unknown, unknown>, 'system'> & {
  readonly options?: object;
  readonly cursor?: unknown;
  readonly signal?: AbortSignal;
  /** For a source that is asked by HTTP. */
  readonly http?: Http;
  readonly now?: Date;
  readonly until?: Date;
};

// biome-ignore lint/suspicious/noExplicitAny: streams of any type.
export async function extractAll(stream: Stream<any, any, any, any>, given: Given): Promise<Extracted> {
  const notices: string[] = [];
  const { now = new Date('2026-11-21T12:00:00Z') } = given;
  const emissions: Emission<unknown>[] = [];
  for await (const emission of stream.extract({
    cursor: given.cursor ?? stream.cursor?.start,
    options: stream.options?.parse(given.options ?? {}) ?? {},
    interval: { start: new Date('2026-11-20T12:00:00Z'), end: now },
    now,
    until: given.until,
    credentials: {},
    http: given.http as Http,
    openBucket: () => Promise.reject(new Error('this source has no buckets')),
    accessToken: () => Promise.reject(new Error('this source has no access tokens')),
    signal: given.signal ?? new AbortController().signal,
    system: given.system,
    notice: (message) => notices.push(message),
    mode: 'incremental',
    said: () => undefined,
  })) {
    if ('everything' in emission && stream.scope !== 'either') throw new Error(`${stream.name} does not declare it`);
    emissions.push(emission);
  }
  const pages = emissions.filter((emission) => 'records' in emission || 'lines' in emission).map(pageOf);
  return {
    records: pages.flatMap(({ records }) => records),
    pages: pages.map(({ records }) => records.length),
    urls: [...new Set(pages.map(({ url }) => url))],
    marks: emissions.flatMap(cursorsIn),
    isUnchanged: emissions.length === 1 && emissions.some((emission) => 'unchanged' in emission),
    scope: emissions[0] !== undefined && 'everything' in emissions[0] ? 'everything' : 'changes',
    notices,
  };
}

/** What a run could go on from. */
export const cursorsIn = (emission: Emission<unknown>): unknown[] =>
  'mark' in emission ? [emission.mark] : 'checkpoint' in emission ? [emission.checkpoint] : [];

type Said = Extract<Emission<unknown>, { readonly url: string }>;

/** Records by their values, however a stream says them. */
export function recordsOf(emission: Emission<unknown>): readonly unknown[] {
  if ('lines' in emission) return emission.lines.map(parseLine);
  return 'records' in emission ? emission.records : [];
}

const pageOf = (emission: Said) => ({ records: recordsOf(emission), url: emission.url });
