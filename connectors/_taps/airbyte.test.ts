import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAKE_SOURCE } from '../../test/fakes/airbyte-source.ts';
import { type BridgeRequest, bridged } from '../../test/fixtures/bridge.ts';
import { airbyte } from './airbyte.ts';

const TOKEN = 's3cret-of-us';

const run = (config: object, request: Partial<BridgeRequest> = {}) =>
  bridged(airbyte, {
    program: FAKE_SOURCE,
    config: { token: '${TOKEN}', ...config },
    ...request,
    env: { TOKEN, ...request.env },
  });

const asked = (folder: string) => JSON.parse(readFileSync(join(folder, 'asked'), 'utf8'));

const record = (data: string): string =>
  `{"type":"RECORD","record":{"stream":"raw-orders","data":${data},"emitted_at":1}}\n`;
const ofStream = (name: string, state: object): object => ({
  type: 'STATE',
  state: {
    type: 'STREAM',
    stream: { stream_descriptor: { name }, stream_state: state },
    sourceStats: { recordCount: 1 },
  },
});
const failure = (failure_type: string, message: string): object => ({
  type: 'TRACE',
  trace: { type: 'ERROR', emitted_at: 1, error: { failure_type, message, internal_message: `because of ${TOKEN}` } },
});

describe('what a source says', () => {
  it('is records as they are, and its own states behind them', async () => {
    const { exit, out } = await run({
      says: [
        record('{"id":1, "price":1.10}'),
        ofStream('others', {}),
        ofStream('raw-orders', { at: 'x' }),
        record('{"id":NaN}'),
      ],
    });
    const state = '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"raw-orders"},"stream_state":{"at":"x"}}}]';
    expect({ exit, out }).toEqual({ exit: 0, out: ['{"id":1, "price":1.10}', `#mark cursor ${state}`, '{"id":NaN}'] });
    expect(asked((await run({ says: [] }, { cursor: state })).folder)).toMatchObject({
      state: JSON.parse(state),
      catalog: { streams: [{ stream: { name: 'raw-orders' }, sync_mode: 'incremental', cursor_field: ['at'] }] },
    });
  });

  it.each([
    [
      'global',
      { type: 'GLOBAL', global: { shared_state: { lsn: 7 }, stream_states: [] } },
      '[{"type":"GLOBAL","global":{"shared_state":{"lsn":7},"stream_states":[]}}]',
    ],
    ['older than streams', { data: { orders: { at: 'x' } } }, '{"orders":{"at":"x"}}'],
    ['older, and said so', { type: 'LEGACY', data: { orders: 1 } }, '{"orders":1}'],
  ])('may be a state that is %s', async (_, state, cursor) => {
    expect((await run({ says: [{ type: 'STATE', state }] })).out).toEqual([`#mark cursor ${cursor}`]);
  });

  it('is for people without what the variables hold', async () => {
    const { said } = await run({
      says: [
        { type: 'LOG', log: { level: 'WARN', message: `slow ${TOKEN}` } },
        { type: 'CONTROL' },
        { type: 'CONTROL' },
      ],
    });
    expect(said.trim().split('\n')).toEqual([
      'INFO discovering with ***',
      'WARN slow ***',
      expect.stringContaining('is not kept'),
    ]);
  });

  it.each([
    ['config_error', 78, 1],
    ['transient_error', 75, 1],
    ['system_error', 1, 1],
    // https://docs.airbyte.com: a source may say so and end with 0.
    ['config_error', 78, 0],
  ])('is an error of the kind %s: exit %d', async (type, exit, exits) => {
    const summary = failure('system_error', 'During the sync, the following streams did not sync successfully');
    const ran = await run({ says: [record('{"id":1}'), failure(type, `No ${TOKEN}.`), summary], exits });
    expect(ran).toMatchObject({ exit, out: ['{"id":1}'] });
    const [last = ''] = ran.said.trim().split('\n').slice(-1);
    expect(last).toMatch(/^No \*\*\*(\.|$)/);
    expect(ran.said).not.toContain(TOKEN);
  });

  it('is not complete', async () => {
    const status = { type: 'TRACE', trace: { type: 'STREAM_STATUS', stream_status: { status: 'INCOMPLETE' } } };
    expect(await run({ says: [record('{"id":1}'), status] })).toMatchObject({
      exit: 1,
      said: expect.stringContaining('not complete'),
    });
  });

  it.each([
    ['fetching\n', 'it is no JSON object'],
    ['{}\n', 'it has no type'],
    ['{"type":"RECORD"}\n', 'it has no record'],
    ['{"type":"RECORD","record":{"stream":"raw-orders"}}\n', 'a RECORD has no data'],
    [record('{}').replace('raw-orders', 'others'), 'a RECORD is of a stream that was not asked for'],
    ['{"type":"STATE","state":{"type":"STREAM"}}\n', 'a STATE names no stream'],
    ['{"type":"STATE","state":{}}\n', 'a STATE has no data'],
  ])('is no message: %j', async (line, what) => {
    expect(await run({ says: [line] })).toMatchObject({
      exit: 1,
      said: expect.stringContaining(`Line 1 of what the source prints is no message of Airbyte: ${what}`),
    });
  });
});

it('reads everything, without a state, where the job says so', async () => {
  const env = { TIDEMILL_SCOPE: 'everything' };
  const { out, folder } = await run({ says: [record('{"id":1}'), ofStream('raw-orders', {})] }, { env, cursor: '[1]' });
  expect([out, asked(folder).state, asked(folder).catalog.streams[0].sync_mode]).toEqual([
    ['{"id":1}'],
    undefined,
    'full_refresh',
  ]);
});

it.each([
  ['a catalog', { streams: [{ name: 'kept' }] }],
  ['the message that has one', { type: 'CATALOG', catalog: { streams: [{ name: 'kept' }] } }],
])('takes the streams of a file, and asks for none: %s', async (_, catalog) => {
  const args = ['./tap', '--config', 'tap.json', '--catalog', 'catalog.json', 'kept'];
  const { folder, said } = await run({ says: [] }, { args, files: { 'catalog.json': JSON.stringify(catalog) } });
  expect([asked(folder).catalog.streams[0].stream, said]).toEqual([{ name: 'kept' }, '']);
});

it('hands a manifest over in the configuration', async () => {
  const args = ['./tap', '--config', 'tap.json', '--manifest', 'source.yaml', 'raw-orders'];
  const { folder } = await run(
    { says: [] },
    { args, files: { 'source.yaml': 'version: 6.0.0\nspec: { type: Spec }\n' } },
  );
  expect(asked(folder).config).toEqual({
    token: TOKEN,
    says: [],
    __injected_declarative_manifest: { version: '6.0.0', spec: { type: 'Spec' } },
  });
});

it('tells data sets with columns, also for a key that lies deeper', async () => {
  const discover = (catalog?: object) => run({ catalog }, { args: ['./tap', '--config', 'tap.json', '--discover'] });
  expect(JSON.parse((await discover()).out.join(''))).toEqual({
    name: 'raw_orders',
    description: 'Stream raw-orders',
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'at', type: 'timestamptz' },
      { name: 'price', type: 'jsonb' },
      { name: 'price_in_euro', type: 'numeric', from: ['price', 'in Euro'] },
    ],
    key: ['id', 'price_in_euro'],
    capabilities: ['incremental', 'full'],
  });
  expect(await discover({ streams: [{}] })).toMatchObject({
    exit: 1,
    said: expect.stringContaining('is no catalog of Airbyte'),
  });
});
