import { createHttp, type Http, type HttpOptions, type TidemillError } from '@tidemill/kit';
import { expect, onTestFinished } from 'vitest';
import { type FakeClock, fakeClock } from './clock.ts';
import { type FakeHttp, startFakeHttp } from './http-server.ts';

/** A server for this test; when the test is over exactly the expected requests must have come. */
export async function fakeSource(): Promise<FakeHttp> {
  const server = await startFakeHttp();
  onTestFinished(async () => {
    await server.close();
    server.verify();
  });
  return server;
}

/** A client of that server: standing clock, jitter always half of its bound. */
export function clientOf(server: FakeHttp, options: Partial<HttpOptions> = {}): { http: Http; clock: FakeClock } {
  const clock = fakeClock();
  const http = createHttp({ baseUrl: server.url, clock, random: () => 0.5, ...options });
  onTestFinished(() => http.close());
  return { http, clock };
}

/** What a call fails with; that it does not fail is a failure of the test. */
export const failureOf = (call: Promise<unknown>): Promise<TidemillError> =>
  call.then(
    () => expect.unreachable('the call must fail'),
    (error: TidemillError) => error,
  );
