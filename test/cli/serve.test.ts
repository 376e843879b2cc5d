import { expect, it } from 'vitest';
import { configOf, project } from './project.ts';

const shop = () =>
  project({ 'ingestion-config.yaml': configOf({ shop_orders: { prints: [{ id: 1 }], cron: '0 * * * *' } }) });

/** Stops the server as soon as it says where it listens, and has been asked. */
async function serveOnce(args: readonly string[], env: Record<string, string>, ask: (url: string) => Promise<void>) {
  const here = await shop();
  const end = new AbortController();
  const said: string[] = [];
  const asked = Promise.withResolvers<void>();
  const hears = (text: string): void => {
    said.push(text);
    const port = /"?port"?[=:](\d+)/.exec(text)?.[1];
    if (port !== undefined) void ask(`http://127.0.0.1:${port}`).then(asked.resolve, asked.reject);
  };
  const exit = here.run(['serve', '--port', '0', ...args], { env, interrupted: end.signal, hears });
  await Promise.race([asked.promise, exit]);
  end.abort(new Error('stopped by SIGTERM'));
  return { ...(await exit), lines: said.join('').trim().split('\n') };
}

it('serves until it is stopped, and says what it does, a line each', async () => {
  const { exit, lines } = await serveOnce([], {}, async (url) => {
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'healthy' });
    expect((await fetch(`${url}/api/v1/jobs/shop_orders?secret=1`)).status).toBe(200);
  });
  expect(exit).toBe(0);
  expect(lines).toEqual([
    expect.stringMatching(/^06:30:00 listening host=127\.0\.0\.1 port=\d+$/),
    '06:30:00 request method=GET route=/health status=200 ms=0',
    '06:30:00 request method=GET route=/api/v1/jobs/:id status=200 ms=0',
    '06:30:00 stopping active=0',
    '06:30:00 stopped left=0',
  ]);
});

it('says the same as documents', async () => {
  const token = 'a-token-of-this-test-1234';
  const { exit, lines } = await serveOnce(['--json', '--schedule'], { TIDEMILL_SERVE_TOKEN: token }, async (url) => {
    expect((await fetch(`${url}/api/v1/jobs`)).status).toBe(401);
    expect((await fetch(`${url}/api/v1/jobs`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });
  expect(exit).toBe(0);
  const documents = lines.map((line) => JSON.parse(line));
  expect(documents.map(({ event }) => event)).toEqual(['listening', 'request', 'request', 'stopping', 'stopped']);
  expect(documents[1]).toEqual({
    time: '2026-11-21T06:30:00.000Z',
    event: 'request',
    method: 'GET',
    route: '/api/v1/jobs',
    status: 401,
    ms: 0,
  });
  expect(lines.join('')).not.toContain(token);
});

it.each([
  [['--host', '0.0.0.0'], 'serve-token'],
  [['--port', 'http'], 'port-invalid'],
  [['--environment', 'prd'], 'unknown-environment'],
])('%o is refused before it listens: %s', async (args, code) => {
  const here = await shop();
  const { exit, json } = await here.run(['serve', '--json', ...args]);
  expect([exit, json().error.code]).toEqual([2, code]);
});

it('says that another program listens there', async () => {
  const { exit, stderr } = await serveOnce([], {}, async (url) => {
    const other = await shop();
    const { exit: refused, stderr: said } = await other.run(['serve', '--port', new URL(url).port]);
    expect([refused, said]).toEqual([2, expect.stringContaining('Another program listens')]);
  });
  expect([exit, stderr]).toEqual([0, '']);
});
