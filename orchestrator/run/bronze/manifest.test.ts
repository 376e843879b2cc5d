import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stream } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { type Manifest, readManifest, scopeOf } from './manifest.ts';

/** As it was written before manifests had a scope. */
const STORED = new URL('../../../test/fixtures/manifest-v1.json', import.meta.url);

it('reads a manifest of version 1 for ever, and what it says of everything', async () => {
  const bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-manifest-')));
  await bucket.write('manifest.json', await readFile(STORED), { contentType: 'application/json' });
  const manifest = await readManifest(bucket, 'manifest.json');
  expect(manifest).toMatchObject({ records: 2, cursor_after: { token: 'fU0jDK9mHk' } });
  expect(scopeOf(manifest, { write: 'upsert', scope: 'either' })).toBe('everything');
});

it.each<[what: string, said: Pick<Manifest, 'scope' | 'everything'>, stream: Pick<Stream, 'write' | 'scope'>, string]>([
  ['an older one of a stream that always says everything', {}, { write: 'upsert', scope: 'everything' }, 'everything'],
  ['an older one of a stream that may say either', {}, { write: 'upsert', scope: 'either' }, 'changes'],
  ['an older one of a stream of changes', {}, { write: 'upsert' }, 'changes'],
  [
    'changes, of a stream that says everything by now',
    { scope: 'changes' },
    { write: 'upsert', scope: 'everything' },
    'changes',
  ],
  ['everything, of a stream of changes by now', { scope: 'everything' }, { write: 'upsert' }, 'everything'],
  ['everything, of a table that is only added to by now', { scope: 'everything' }, { write: 'append' }, 'changes'],
])('loads %s', (_, said, stream, scope) => {
  expect(scopeOf(said, stream)).toBe(scope);
});
