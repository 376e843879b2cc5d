/** A connector whose source gives a page and then refuses: what the file about it says, and what it must not. */
import { registerHooks } from 'node:module';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startFakeHttp } from '../fakes/http-server.ts';
import { project } from './project.ts';

/**
 * What stands for the connector: a module that Node finds by itself, or the test runner would look for it in the tree.
 * Not the one of `dated.ts`, which may be loaded in the same process.
 */
const SOUND = 'repl';
const url = new URL('../fixtures/connectors/sound.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === SOUND || specifier === `node:${SOUND}` ? { url, shortCircuit: true } : next(specifier, context),
});

const SECRET = 'p4ss/wörd "quoted"';
const RECORD = 'dear diary';
const RUN = '20261121T063000Z-7-1';

/** Full pages of events, a minute apart. */
const page = Array.from({ length: 100 }, (_, index) => ({
  id: `${index}`,
  name: RECORD,
  at: new Date(Date.UTC(2026, 10, 1) + index * 60_000).toISOString(),
}));

const refusal = {
  status: 403,
  headers: {
    'content-type': 'application/json',
    'retry-after': '60',
    'x-ratelimit-remaining': '0',
    'x-request-id': `r-1 ${Buffer.from(SECRET).toString('base64')}`,
    'x-echo': SECRET,
  },
  json: { sent: SECRET, about: RECORD },
};

let text = '';
let source = '';

beforeEach(async () => {
  const server = await startFakeHttp();
  onTestFinished(() => server.close());
  server.serve(({ query }) => (query['page'] === '1' ? { json: page } : refusal));
  source = server.url;
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({
      services: { sound: { package: SOUND, base_url: server.url } },
      jobs: { events: { service: 'sound', data_type: 'events', description: `${SECRET} once`, retry_attempts: 0 } },
    }),
  });
  const env = { SOUND_TOKEN: SECRET };
  const plan = await here.run(['plan', '--record', '--job', 'events', '--run-id', RUN, '--json'], { env });
  const [{ slot }] = plan.json().runs;
  await here.run(['run', `events@${slot}`, '--run-id', RUN, '--error-dir', 'errors'], { env });
  text = here.read(`errors/events.${slot}.json`);
});

describe('the file about a request that was refused', () => {
  it('says which one, what the planner had said, and how far the run came', () => {
    expect(JSON.parse(text)).toMatchObject({
      versions: { system: expect.any(String) },
      decision: { run: { job: 'events', attempt: 1 }, why: { decision: 'run' } },
      job: { id: 'events' },
      state_before: { job: 'events', claim: { attempt: 1 }, targets: { main: { pending: [] } } },
      state: { cursor: { value: { since: page.at(-1)?.at } } },
      result: {
        failure: {
          code: 'http-forbidden',
          request: {
            method: 'GET',
            url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/events\?since=…&page=…$/),
            status: 403,
            headers: { 'content-type': 'application/json', 'retry-after': '60', 'x-ratelimit-remaining': '0' },
          },
        },
        trace: {
          log: [
            expect.stringContaining('claimed'),
            `06:30:00 GET ${source}/events?since=…&page=… → 200`,
            expect.stringMatching(/^06:30:00 kept 100 records: bronze\//),
            `06:30:00 GET ${source}/events?since=…&page=… → 403`,
            expect.stringMatching(/^06:30:00 loaded .*: 100 rows, 0 records rejected$/),
            '06:30:00 failed: auth http-forbidden',
          ],
          manifests: [expect.stringMatching(/^bronze\/sound\/events\/.*manifest\.json$/)],
          uncommitted: 0,
        },
      },
    });
  });

  it('holds neither the secret, however it was written, nor anything of a record or of the answer', () => {
    const secret = Buffer.from(SECRET);
    const forms = [
      SECRET,
      JSON.stringify(SECRET).slice(1, -1),
      encodeURIComponent(SECRET),
      new URLSearchParams({ s: SECRET }).toString().slice(2),
      secret.toString('base64'),
      secret.toString('base64url'),
      secret.toString('hex'),
    ];
    for (const form of [...forms, 'p4ss', RECORD, 'diary', 'x-echo', '"about"']) expect(text).not.toContain(form);
  });
});
