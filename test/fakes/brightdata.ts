/** Bright Data's scrapers ("datasets v3") on loopback, for one account, by a clock that the test moves. */
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { BrightDataApi, type BrightDataContents } from './brightdata-api.ts';
import type { FakeCrawl, Fate } from './brightdata-crawls.ts';
import { plain, refusalOf } from './brightdata-errors.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export type { BrightDataContents } from './brightdata-api.ts';
export { OTHER_DATASET } from './brightdata-api.ts';

export interface BrightDataFake extends ServiceFake<BrightDataContents> {
  /** Every request that came, in order. */
  readonly seen: readonly SeenRequest[];
  /** Every crawl that was triggered: each is paid for. */
  readonly crawls: readonly FakeCrawl[];
  /** Of its own clock, which stands still. */
  readonly now: Date;
  pass(milliseconds: number): void;
  /** What becomes of the crawls that are triggered from now on. */
  decree(fate: Fate): void;
  /** So many crawls may run at a time; any number if nothing is said. */
  allow(running: number): void;
}

export async function startBrightData(): Promise<BrightDataFake> {
  const server = await startFakeHttp();
  const keys = ['brightdata-key-1-5d2e/8+b'];
  const api = new BrightDataApi();
  const seen: SeenRequest[] = [];
  let due: (Disturbance & { readonly from: number }) | undefined;

  const disturbance = (): Reply | undefined => {
    if (due === undefined) return undefined;
    const { from, after, times = 1, status, headers = {}, body } = due;
    const number = seen.length - from;
    if (number <= after || number > after + times) return undefined;
    const own = body === undefined ? refusalOf(status) : { status, body };
    return { ...own, headers: { ...own.headers, ...headers } };
  };
  server.serve((request) => {
    seen.push(request);
    return disturbance() ?? unauthorized(request, keys.at(-1)) ?? api.answer(request);
  });

  return {
    baseUrl: server.url,
    get credentials() {
      return { BRIGHTDATA_API_KEY: keys.at(-1) ?? '' };
    },
    get requests() {
      return seen.length;
    },
    get secrets() {
      return keys;
    },
    seen,
    get crawls() {
      return api.crawls.all;
    },
    get begun() {
      return api.crawls.all.length;
    },
    get now() {
      return new Date(api.crawls.now);
    },
    clockSays: (now) => api.crawls.pass(Math.max(0, now.getTime() - api.crawls.now)),
    pass: (milliseconds) => api.crawls.pass(milliseconds),
    decree(fate) {
      api.crawls.fate = fate;
    },
    allow(running) {
      api.mostRunning = running;
    },
    publish: (contents) => api.publish(contents),
    disturb: (disturbance) => {
      due = { ...disturbance, from: seen.length };
    },
    // A key does not expire by itself.
    expireTokens: () => undefined,
    revokeTokens: () => void keys.push(`brightdata-key-${keys.length + 1}-5d2e/8+b`),
    async close() {
      await server.close();
      server.verify();
    },
  };
}

function unauthorized({ headers: { authorization } }: SeenRequest, key: string | undefined): Reply | undefined {
  if (authorization === undefined) return plain(401, 'Credentials are missing');
  if (!authorization.startsWith('Bearer ')) return plain(401, 'Auth method is not supported');
  return authorization === `Bearer ${key}` ? undefined : plain(401, 'Invalid credentials');
}
