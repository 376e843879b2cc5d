/** From a key to the packages that say something of it, and from a place to its record, of a part and of an artifact. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigint, type Stream, stream, text } from '@tidemill/kit';
import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { PackageWriter } from './bronze/package.ts';
import { manifestOf, recordsAt } from './bronze/places.ts';
import { type MentionsRequest, mentionsOf } from './mentions.ts';
import { tableOf } from './silver/table.ts';

const people = stream({
  name: 'people',
  description: 'People.',
  source: z.object({ id: z.int(), name: z.string().optional(), gone: z.boolean().optional() }),
  row: z.object({ id: bigint().describe('Id.'), name: text().describe('Name.') }),
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  // biome-ignore lint/correctness/useYield: nothing is read from a source here.
  async *extract() {
    throw new Error('not read here');
  },
  deletes: ({ id, gone }) => (gone === true ? { id } : undefined),
  toRow: ({ id, name = '' }) => ({ id, name }),
  // One record a line of the file.
  async *parse({ bytes }) {
    const all = Buffer.concat(await Array.fromAsync(bytes)).toString();
    for (const line of all.trimEnd().split('\n')) yield { id: Number(line), name: `line ${line}` };
  },
}) as unknown as Stream;

let bucket: Bucket;
let head: string | undefined;

beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-mentions-')));
  head = undefined;
});

/** Answers the package's folder. */
async function commit(name: string, records: readonly object[], more: { artifact?: string; all?: true } = {}) {
  const folder = `bronze/crm/people/dt=2026-11-21/${name}`;
  const at = '2026-11-21T06:00:00.000Z';
  const writer = new PackageWriter(bucket, folder, {
    ...{ package: name, environment: 'local', job: 'crm_people', service: 'crm', data_type: 'people', slot: at },
    ...{ interval: { start: at, end: at }, run: 'run', attempt: 1, method: 'api_json', started_at: at },
    connector: { package: '@acme/crm', version: '1.0.0' },
  });
  await writer.addRecords({ records, url: 'https://crm.example/people' });
  if (more.artifact !== undefined) {
    const artifact = Buffer.from(more.artifact);
    const file = { name: 'people.txt', contentType: 'text/plain', url: 'https://crm.example/file' };
    await writer.addArtifact({ artifact, ...file }, new Date(at));
  }
  const scope = more.all === true ? 'everything' : 'changes';
  const end = { cursorAfter: undefined, previous: head, scope, finishedAt: new Date(at) } as const;
  head = (await writer.close(end)).key;
  return folder;
}

async function mentions(id: string, more: Partial<MentionsRequest> = {}) {
  const found = await mentionsOf({
    ...{ bucket, stream: people, table: tableOf('crm', people), head, key: [id], most: 100 },
    signal: new AbortController().signal,
    onPackage: () => undefined,
    ...more,
  });
  const told = found.mentions.map(({ package: name, says, place }) =>
    [name, says, ...(place === undefined ? [] : [place.line])].join(' '),
  );
  return [told, found.looked, found.stopped];
}

it('the last word of each package counts, and the search ends with the first that names the key', async () => {
  await commit('p1', [{ id: 1, name: 'Ada' }]);
  await commit('p2', [{ id: 1, name: 'Ada L.' }, { id: 2 }, { id: 1, gone: true }]);
  await commit('p3', [{ id: 3 }], { all: true });
  expect(await mentions('1')).toEqual([['p3 unnamed', 'p2 deletion 3'], 2, 'found']);
  expect(await mentions('1', { before: 'p1' })).toEqual([['p3 unnamed', 'p2 deletion 3'], 2, 'found']);
  expect(await mentions('3')).toEqual([['p3 row 1'], 1, 'found']);
  expect(await mentions('9')).toEqual([['p3 unnamed'], 3, 'first']);
  expect(await mentions('1', { most: 1 })).toEqual([['p3 unnamed'], 1, 'most']);
});

it('a chain that breaks off, and packages of another table, are no more than that', async () => {
  const folder = await commit('p1', [{ id: 1 }]);
  await commit('p2', [{ id: 2 }]);
  expect(await mentions('2', { table: { ...tableOf('crm', people), name: 'others' } })).toEqual([[], 0, 'first']);
  await bucket.remove(`${folder}/manifest.json`);
  expect(await mentions('1')).toEqual([[], 1, 'gone']);
});

it('a record is found where a row says, the line of a part or the number in an artifact', async () => {
  const folder = await commit('p1', [{ id: 1 }, { id: 2 }], { artifact: '7\n8\n9\n' });
  expect(await mentions('8')).toEqual([['p1 row 2'], 1, 'found']);
  const at = async (name: string, ...lines: number[]) => {
    const object = `${folder}/${name}`;
    const link = await manifestOf(bucket, object);
    if (link === undefined) throw new Error('no manifest');
    const found = await recordsAt(bucket, link, { object, lines: new Set(lines) }, people);
    return found.map(({ text: record, url }) => [record, url]);
  };
  expect(await at('part-00001.ndjson.gz', 2)).toEqual([['{"id":2}', 'https://crm.example/people']]);
  expect(await at('artifacts/people.txt', 1, 3)).toEqual([
    ['{"id":7,"name":"line 7"}', 'https://crm.example/file'],
    ['{"id":9,"name":"line 9"}', 'https://crm.example/file'],
  ]);
  expect(await at('part-00001.ndjson.gz', 3)).toEqual([]);
  expect(await at('part-00002.ndjson.gz', 1)).toEqual([]);
  expect(await manifestOf(bucket, 'somewhere/else')).toBeUndefined();
});
