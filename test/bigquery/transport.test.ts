/** What the emulator shows besides the contract: both ways of the rows, and a network that loses answers. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openGcsBucket } from '../../orchestrator/storage/gcs/driver.ts';
import {
  ADA,
  applied,
  BOB,
  batches,
  EVE,
  load,
  merges,
  names,
  people,
  stagedRows,
  valuesIn,
} from '../contracts/warehouse-samples.ts';
import { type Fault, startFaultProxy } from '../fakes/fault-proxy.ts';
import { clock, EMULATOR, newDataset, newFolder, open } from './dataset.ts';

const STORE = process.env['TIDEMILL_TEST_GCS_URL'];

async function newBucket(): Promise<Bucket> {
  assert(STORE !== undefined, 'run by scripts/with-servers');
  const name = `bucket-${randomUUID()}`;
  const body = JSON.stringify({ name });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${STORE}/storage/v1/b?project=p`, { method: 'POST', headers, body });
  assert(answer.ok, await answer.text());
  return openGcsBucket({
    location: `gs://${name}/a/b`,
    env: { STORAGE_EMULATOR_HOST: STORE },
    clock,
    random: Math.random,
  });
}

const keysIn = async (bucket: Bucket): Promise<string[]> =>
  (await Array.fromAsync(bucket.list(''))).map(({ key }) => key);

describe('through a bucket of Google’s', () => {
  it('rows are loaded from it, and nothing of them stays', async () => {
    const bucket = await newBucket();
    const written: string[] = [];
    const seen: Bucket = {
      url: bucket.url,
      read: (key) => bucket.read(key),
      list: (prefix) => bucket.list(prefix),
      remove: (key) => bucket.remove(key),
      check: () => bucket.check(),
      write: (...write) => {
        written.push(write[0]);
        return bucket.write(...write);
      },
    };
    const warehouse = open(await newDataset(), seen);
    onTestFinished(() => warehouse.close());
    const rows = stagedRows('p1', people, [ADA, { ...BOB, name: 'Łódź 👍\n' }, EVE]);
    await merges(warehouse, load('p1', people, [], { rows: batches(rows, 1) }), { rows: 3, inserted: 3 });
    expect(await names(warehouse)).toEqual(['1 Ada', '2 Łódź 👍\n', '3 Eve']);
    expect(written).toEqual([
      expect.stringMatching(/^silver\/_staged\/contract_people\/[\w-]+\/part-00001\.ndjson\.gz$/),
    ]);
    expect(await keysIn(bucket)).toEqual([]);
    const error = new Error('the source broke');
    const broken = (async function* () {
      yield { rows: rows.slice(0, 1), rejected: 0 };
      throw error;
    })();
    await assert.rejects(warehouse.apply(load('p2', people, [], { rows: broken })), (thrown) => thrown === error);
    expect(await keysIn(bucket)).toEqual([]);
  });
});

describe('over a network that fails', () => {
  const kinds: readonly Fault[] = ['lose-answer', '503', 'reset', 'truncate-answer'];

  it.each(kinds)('each request meets %s once, and the package is loaded once', async (fault) => {
    await using proxy = await startFaultProxy(EMULATOR);
    const location = await newDataset();
    const met = new Set<string>();
    proxy.use(({ method, url }) => {
      const request = `${method} ${url}`;
      if (met.has(request)) return undefined;
      met.add(request);
      return fault;
    });
    const log = { ...people, write: 'append', key: [] } as const;
    const warehouse = open(location, await newFolder(), {
      env: { BIGQUERY_EMULATOR_HOST: proxy.url },
      limits: { baseMs: 1, capMs: 1 },
    });
    onTestFinished(() => warehouse.close());
    await merges(warehouse, load('p1', log, [ADA, ADA]), { rows: 2, inserted: 2 });
    expect(await valuesIn(warehouse, log, 'name')).toEqual([['Ada'], ['Ada']]);
    assert(proxy.met > 5);
  });
});

describe('two processes', () => {
  it('that load one package at once leave it there once: the later one finds the job of the other', async () => {
    const location = await newDataset();
    const log = { ...people, write: 'append', key: [] } as const;
    const [one, other] = [open(location, await newFolder()), open(location, await newFolder())];
    onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => undefined));
    // It has counted its rows when the other one begins.
    const beforeCommit = async (): Promise<void> => {
      await merges(other, load('p1', log, [ADA, BOB]), { rows: 2, inserted: 2 });
    };
    const { counts, alreadyLoaded } = await applied(one, load('p1', log, [ADA, BOB], { beforeCommit }));
    expect([counts.inserted, alreadyLoaded]).toEqual([2, true]);
    expect(await names(one, log)).toEqual(['1 Ada', '2 Bob']);
  });

  it('that write to one table at once do not mix: the later one gives up, and its next try is right', async () => {
    const location = await newDataset();
    const [one, other] = [open(location, await newFolder()), open(location, await newFolder())];
    onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => undefined));
    const beforeCommit = async (): Promise<void> => {
      await merges(other, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
    };
    const rows = [ADA, { ...BOB, town: 'Bonn' }];
    const error = { kind: 'transient', code: 'bigquery-overtaken' };
    await assert.rejects(one.apply(load('p1', people, rows, { beforeCommit })), error);
    expect(await names(one)).toEqual(['2 Bob']);
    await merges(one, load('p1', people, rows), { rows: 2, inserted: 1, updated: 1 });
  });
});
