/** Reads one stream of a service from its fake as a run does, up to what it says; nothing is kept and nothing is loaded. */
import {
  asTidemillError,
  type Connector,
  type Emission,
  type Interval,
  movedTo,
  openTokenHttp,
  type Stream,
  type TidemillError,
  type TokenAnswer,
  tokensOf,
} from '@tidemill/kit';
import { openServiceHttp } from '@tidemill/kit/service-http';
import type { ServiceFake } from '../contracts/service.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { cursorsIn, recordsOf } from './extract.ts';

export interface Given {
  readonly cursor?: unknown;
  readonly options?: object;
  /** What a backfill reads. */
  readonly backfill?: Interval;
  readonly until?: Date;
  /** Standing at 2026-11-21T06:00Z, if not given. */
  readonly clock?: FakeClock;
  /** Called with each emission before the next one is asked for. */
  readonly onEmission?: (emission: Emission<unknown>) => void;
}

export interface Reading {
  readonly records: readonly unknown[];
  /** Cursors, of checkpoints as well. */
  readonly marks: readonly unknown[];
  /** The totals that the source told, list by list. */
  readonly complete: readonly (readonly number[])[];
  readonly notices: readonly string[];
  readonly failure: TidemillError | undefined;
}

type Row = Readonly<Record<string, unknown>>;

export function streamOf(connector: Connector, name: string): Stream {
  const stream = connector.streams.find((candidate) => candidate.name === name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream as Stream;
}

/** The rows of the records, all of which must fit. */
export const rowsOf = (stream: Stream, records: readonly unknown[]): Row[] =>
  records.flatMap((record) => stream.toRow(stream.source.parse(record))).map((row) => stream.row.parse(row) as Row);

export async function readService(
  connector: Connector,
  name: string,
  fake: ServiceFake<never>,
  given: Given = {},
): Promise<Reading> {
  const stream = streamOf(connector, name);
  const { clock = fakeClock('2026-11-21T06:00:00Z'), onEmission = () => undefined } = given;
  const emissions: Emission<unknown>[] = [];
  const notices: string[] = [];
  const http = httpOf(connector, fake, clock);
  const now = clock.now();
  let failure: TidemillError | undefined;
  try {
    for await (const emission of stream.extract({
      cursor: given.cursor ?? stream.cursor?.start,
      options: stream.options?.parse(given.options ?? {}) ?? {},
      interval: given.backfill ?? { start: new Date(now.getTime() - 3_600_000), end: now },
      now,
      until: given.backfill?.end ?? given.until,
      credentials: fake.credentials,
      http,
      openBucket: () => Promise.reject(new Error('this source has no buckets')),
      accessToken: () => Promise.reject(new Error('only for libraries')),
      signal: new AbortController().signal,
      system: { env: {}, cwd: '/' },
      notice: (message) => notices.push(message),
      mode: given.backfill === undefined ? 'incremental' : 'backfill',
      said: () => undefined,
    })) {
      emissions.push(emission);
      onEmission(emission);
    }
  } catch (thrown) {
    failure = asTidemillError(thrown);
  } finally {
    await http.close();
  }
  return {
    records: emissions.flatMap(recordsOf),
    marks: emissions.flatMap(cursorsIn),
    complete: emissions.flatMap((emission) => ('complete' in emission ? [emission.complete] : [])),
    notices,
    failure,
  };
}

/** What the tokens of each fake have become, by what each is for. */
const tokens = new WeakMap<object, Map<string | undefined, TokenAnswer>>();

/** The HTTP side of the service, signed in at its fake. `close` it. */
export function httpOf(connector: Connector, fake: ServiceFake<never>, clock: FakeClock) {
  const world = { clock, random: () => 0.5, signal: new AbortController().signal };
  const { credentials, baseUrl = '' } = fake;
  const accessToken = async (refused?: string, audience?: string): Promise<string> => {
    const own = tokens.get(fake) ?? new Map<string | undefined, TokenAnswer>();
    tokens.set(fake, own);
    const known = own.get(audience);
    if (known !== undefined && known.access !== refused) return known.access;
    const answer = await renewed(connector, fake, clock, { held: known?.refresh, audience });
    own.set(audience, answer);
    return answer.access;
  };
  const access = { baseUrl, credentials, secrets: Object.values(credentials) };
  const hasTokens = tokensOf(connector) !== undefined;
  return openServiceHttp(connector, { ...access, accessToken: hasTokens ? accessToken : undefined }, world);
}

async function renewed(
  connector: Connector,
  { credentials, baseUrl, authUrl }: ServiceFake<never>,
  clock: FakeClock,
  { held: kept, audience }: { readonly held: string | undefined; readonly audience: string | undefined },
): Promise<TokenAnswer> {
  const declared = tokensOf(connector);
  if (declared === undefined) throw new Error('the connector has no tokens');
  const url = movedTo(declared.url, authUrl);
  const http = openTokenHttp(url, { service: connector.service, clock, random: () => 0.5 });
  try {
    const held = kept ?? credentials[declared.seed] ?? '';
    return await declared.refresh(held, { credentials, url, baseUrl, http, now: clock.now(), audience });
  } finally {
    await http.close();
  }
}
