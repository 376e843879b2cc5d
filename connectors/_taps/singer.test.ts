import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAKE_TAP } from '../../test/fakes/tap.ts';
import { type BridgeRequest, bridged } from '../../test/fixtures/bridge.ts';
import { singer } from './singer.ts';

const run = (config: object, request: Partial<BridgeRequest> = {}) =>
  bridged(singer, { program: FAKE_TAP, config: { rows: 1, every: 1, ...config }, ...request });

const stream = 'raw-orders';
const message = (type: string, fields: object = {}): string => `${JSON.stringify({ type, stream, ...fields })}\n`;
const SCHEMA = message('SCHEMA', { schema: {}, key_properties: ['id'] });
const record = (text: string, rest = ''): string => `{"type":"RECORD","stream":"${stream}","record":${text}${rest}}\n`;
const STATE = '{"type":"STATE","value":{"bookmarks":{}}}\n';

describe('what a tap says', () => {
  it.each([
    [
      'a record as it is',
      [SCHEMA, record('{ "id" : 1,\t"a":1.10,"a":2, "é":"\\u00e9" }')],
      ['{ "id" : 1,\t"a":1.10,"a":2, "é":"\\u00e9" }'],
    ],
    [
      'a record whose members stand in another order',
      [`{"record":{"id":1},"stream":"${stream}","type":"RECORD"}\n`],
      ['{"id":1}'],
    ],
    [
      'a number that is none in JSON, for the loader to reject',
      [SCHEMA, record('{"id":1,"a":NaN,"b":-Infinity,"c":"NaN"}')],
      ['{"id":1,"a":NaN,"b":-Infinity,"c":"NaN"}'],
    ],
    [
      'a member that a message has twice: the last one',
      [`{"type":"STATE","type":"RECORD","stream":"${stream}","record":{"id":1}}\n`],
      ['{"id":1}'],
    ],
    ['a last line without an end', [SCHEMA, record('{"id":1}').trim()], ['{"id":1}']],
    [
      'lines that end as on Windows, and empty ones',
      [SCHEMA.replace('\n', '\r\n'), '\n  \n', record('{"id":1}', ' ').replace('\n', '\r\n')],
      ['{"id":1}'],
    ],
    [
      'a state that comes before any record',
      [STATE, SCHEMA, record('{"id":1}')],
      ['#mark cursor {"bookmarks":{}}', '{"id":1}'],
    ],
    [
      'a state with all that is in it',
      [
        SCHEMA,
        '{"type":"STATE","value":{"currently_syncing":"x","bookmarks":{"a":{"progress_markers":{"Note":"not resumable"}},"b":null}}}\n',
      ],
      [
        '#mark cursor {"currently_syncing":"x","bookmarks":{"a":{"progress_markers":{"Note":"not resumable"}},"b":null}}',
      ],
    ],
    [
      'a schema that gets new fields on the way',
      [
        SCHEMA,
        record('{"id":1}'),
        message('SCHEMA', { schema: { a: {} }, key_properties: ['id'] }),
        record('{"id":2,"a":1}'),
      ],
      ['{"id":1}', '{"id":2,"a":1}'],
    ],
  ])('passes: %s', async (_, says, out) => {
    expect(await run({ says })).toMatchObject({ exit: 0, out, said: expect.not.stringContaining('rror') });
  });

  it.each([
    ['records before their schema', [record('{"id":1}')], ['{"id":1}'], 'before their SCHEMA'],
    [
      'records of streams that were not asked for',
      [SCHEMA, record('{"id":9}').replace(stream, 'others'), record('{"id":1}')],
      ['{"id":1}'],
      '1 records of streams that are not selected',
    ],
    [
      'messages that nobody knows',
      [SCHEMA, message('HEARTBEAT'), message('HEARTBEAT'), record('{"id":1}')],
      ['{"id":1}'],
      'not known here',
    ],
  ])('passes and says so: %s', async (_, says, out, said) => {
    const ran = await run({ says });
    expect(ran).toMatchObject({ exit: 0, out });
    expect(ran.said.split(said)).toHaveLength(2);
  });

  const SECRET = 'value-of-a-row';
  it.each([
    [
      'a line that is no JSON',
      [SCHEMA, `Fetching ${SECRET}\n`],
      1,
      'Line 2 of what the tap prints is no message of Singer: it is no JSON object',
    ],
    ['a line that was cut', [SCHEMA, record(`{"id":"${SECRET}"}`).slice(0, -4)], 1, 'Line 2'],
    ['a message without a type', [`{"stream":"${stream}"}\n`], 1, 'it has no type'],
    ['a RECORD without a record', [SCHEMA, message('RECORD')], 1, 'is a RECORD without a record'],
    ['a RECORD without a stream', ['{"type":"RECORD","record":{}}\n'], 1, 'says no stream'],
    ['a STATE without a value', ['{"type":"STATE"}\n'], 1, 'is a STATE without a value'],
    [
      'a stream that the catalog does not have',
      [SCHEMA, record('{"id":1}').replace(stream, 'renamed')],
      1,
      'not in the catalog: renamed',
    ],
    [
      'a record without its key',
      [SCHEMA, record(`{"a":"${SECRET}"}`)],
      1,
      'line 2 is a record without id, a field of its key',
    ],
    [
      'another key on the way',
      [SCHEMA, message('SCHEMA', { schema: {}, key_properties: ['a', 'b'] })],
      1,
      'the key has changed in line 2, from (id) to (a, b)',
    ],
    [
      'files of records',
      [SCHEMA, message('BATCH', { encoding: {}, manifest: [] })],
      78,
      'Take batch_config out of its configuration',
    ],
  ])('ends with what has happened and who acts: %s', async (_, says, exit, said) => {
    const ran = await run({ says: [...says, record('{"id":2}')] });
    expect(ran).toMatchObject({ exit, said: expect.stringContaining(said) });
    expect(ran.said).not.toContain(SECRET);
    expect(ran.out.at(-1)).not.toBe('{"id":2}');
  });

  it('is nothing where the tap has failed in the middle of a line', async () => {
    const ran = await run({ says: [SCHEMA, record('{"id":1}'), record('{"id":2}').trim()], exits: 3 });
    expect(ran).toMatchObject({ exit: 1, out: ['{"id":1}'], said: expect.stringContaining('tap ended with 3') });
  });
});

it('ends the tap with it when it is to end, or when nobody reads any more', async () => {
  const forever = `#!/usr/bin/env node
if (process.argv.includes('--discover')) console.log('{"streams":[{"stream":"a","metadata":[]}]}');
else {
  require('fs').writeFileSync('pid', String(process.pid));
  process.on('SIGTERM', () => {});
  const say = () => console.log('{"type":"RECORD","stream":"a","record":{}}');
  say();
  setInterval(require('fs').existsSync('silent') ? () => {} : say, 1);
}
`;
  const bin = join(import.meta.dirname, 'bin/tidemill-singer.mjs');
  for (const end of ['SIGTERM', 'silent', 'unread'] as const) {
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-bridge-'));
    writeFileSync(join(folder, 'tap'), forever, { mode: 0o755 });
    if (end === 'silent') writeFileSync(join(folder, 'silent'), '');
    const child = spawn(process.execPath, [bin, './tap', 'a'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    if (end === 'unread') child.stdout.destroy();
    else child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }
});

describe('a state', () => {
  const asked = (folder: string) => JSON.parse(readFileSync(join(folder, 'asked'), 'utf8'));
  const large = {
    bookmarks: Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`repository-${index}`, { at: index }])),
  };

  it('that is larger than a cursor is packed, and handed back as it was', async () => {
    const { out } = await run({ says: [`${JSON.stringify({ type: 'STATE', value: large })}\n`] });
    const cursor = out[0]?.slice('#mark cursor '.length) ?? '';
    expect([cursor.slice(0, 5), cursor.length < 65_536]).toEqual(['gzip:', true]);
    expect(asked((await run({}, { cursor })).folder).state).toEqual(large);
  });

  it('that is too large even so ends the run', async () => {
    const noise = Array.from({ length: 9000 }, (_, index) => Math.sin(index));
    const { exit, said } = await run({ says: [`${JSON.stringify({ type: 'STATE', value: noise })}\n`] });
    expect([exit, said]).toEqual([1, expect.stringContaining('The state of the tap is too large')]);
  });

  it('of another program is refused', async () => {
    const { exit, said } = await run({}, { cursor: '2026-11-21' });
    expect([exit, said]).toEqual([78, expect.stringContaining('--full-refresh')]);
  });

  it('is neither handed over nor printed in a run that says everything', async () => {
    const ran = await run(
      { rows: 2 },
      { cursor: '{"bookmarks":{"raw-orders":{"id":1}}}', env: { TIDEMILL_SCOPE: 'everything' } },
    );
    expect(ran.out).toEqual(['{"id": 1, "amount": 1.10}', '{"id": 2, "amount": 1.10}']);
  });
});

describe('a configuration', () => {
  it.each([
    ['tap.yaml', 'token: ${TOKEN}\nlist: [{ a: "${TOKEN}" }]\nsays_first: it is s3cret-of-us\n'],
    ['tap.json', '{"token":"${TOKEN}","list":[{"a":"${TOKEN}"}],"says_first":"it is s3cret-of-us"}'],
  ])('has variables in the place of values, and no text for people has those: %s', async (file, text) => {
    const args = ['./tap', '--config', file, 'raw_orders'];
    const ran = await run({}, { args, files: { [file]: text }, env: { TOKEN: 's3cret-of-us' } });
    expect(ran).toMatchObject({ exit: 0, said: 'it is ***\nit is ***\n' });
    expect(readdirSync(ran.folder).filter((name) => name.startsWith('tidemill-tap-'))).toEqual([]);
    const { config } = JSON.parse(readFileSync(join(ran.folder, 'asked'), 'utf8'));
    expect([config.startsWith(ran.folder), existsSync(config)]).toEqual([true, false]);
  });

  it.each([
    ['{"a":"Bearer ${TOKEN}"}', 'a variable is only a part'],
    ['{"a":"${TOKEN}"', 'is no JSON'],
    ['["${TOKEN}"]', 'is no mapping'],
    ['{"a":"${NOWHERE}"}', 'needs the variable NOWHERE'],
  ])('that cannot be used is told without its values: %s', async (text, what) => {
    const { exit, said } = await run({}, { files: { 'tap.json': text }, env: { TOKEN: 's3cret-of-us' } });
    expect([exit, said]).toEqual([78, expect.stringContaining(what)]);
    expect(said).not.toMatch(/s3cret|Bearer/);
  });

  it('is not there, the program neither, or the words are others', async () => {
    const asked = async (...args: string[]) => (await run({}, { args })).said;
    expect(await asked('./tap', '--config', 'no.json', 'x')).toContain('no.json cannot be read (ENOENT)');
    expect(await asked('./no-tap', '--config', 'tap.json', 'x')).toContain('./no-tap cannot be started');
    expect(await asked('./tap', '--confg', 'tap.json', 'x')).toContain("Unknown option '--confg'");
    expect(await asked('./tap', 'one', 'two')).toContain('Usage: tidemill-singer TAP');
  });
});

describe('data sets', () => {
  const discover = (config: object) => run(config, { args: ['./tap', '--config', 'tap.json', '--discover'] });

  it('are the streams of the tap, with columns and key', async () => {
    const { out } = await discover({});
    expect(out.map((line) => JSON.parse(line))).toEqual([
      {
        name: 'raw_orders',
        description: 'Stream raw-orders',
        columns: [
          { name: 'id', type: 'bigint' },
          { name: 'amount', type: 'numeric' },
        ],
        key: ['id'],
        capabilities: ['incremental', 'full'],
      },
      { name: 'others', capabilities: ['full'] },
    ]);
  });

  it.each([
    [{ streams: [{ stream: 'a-b' }, { stream: 'a b' }] }, 78, 'The streams a-b and a b of the tap would be one table'],
    [{ streams: [{}] }, 1, 'is no catalog of Singer'],
    [[], 1, 'is no catalog of Singer'],
  ])('cannot be told: %j', async (catalog, exit, what) => {
    expect(await discover({ catalog })).toMatchObject({ exit, said: expect.stringContaining(what) });
  });
});
