/** Run events of real runs, as they have left: from a source over HTTP and from programs, done, failed, unmet and stopped. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choose } from '../../orchestrator/app/choose.ts';
import type { Host } from '../../orchestrator/app/host.ts';
import { run } from '../../orchestrator/app/run.ts';
import { openSession, type Session } from '../../orchestrator/app/session.ts';
import { follow } from '../../orchestrator/app/stream.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { hostWith } from '../app/host.ts';

const prints = (...records: object[]): string[] => [
  process.execPath,
  '--eval',
  `console.log(${JSON.stringify(records.map((record) => JSON.stringify(record)).join('\n'))})`,
];

const COLUMNS = { id: 'bigint', city: { type: 'text', from: 'address.city' } };
const ORDERS = [{ id: 1, address: { city: 'Zürich' } }, { id: 2 }, { id: 'none' }];

const shop = (data_type: string, more: object): object => ({ service: 'shop', data_type, ...more });

const jobs = {
  shop_orders: shop('orders', {
    ...{ command: prints(...ORDERS), columns: COLUMNS, primary_key: ['id'], write: 'upsert' },
    ...{ description: 'Orders of the shop.', max_reject_ratio: 0.5, expect: { min_records: 2 } },
  }),
  shop_few: shop('few', { command: prints({ id: 1 }), expect: { min_records: 5 } }),
  shop_nothing: shop('nothing', { command: [process.execPath, '--eval', ''] }),
  shop_broken: shop('broken', { command: [process.execPath, '--eval', 'console.error("no"); process.exit(3)'] }),
  shop_cut: shop('cut', {
    command: [process.execPath, '--eval', 'console.log(JSON.stringify({ id: 1 })); process.exit(3)'],
  }),
  things: { service: 'edition', data_type: 'things' },
  shop_slow: shop('slow', { command: [process.execPath, '--eval', 'setInterval(() => undefined, 1000)'] }),
};

export interface Told {
  /** As the collector has got them. */
  readonly events: readonly unknown[];
  /** As they lie in the bucket, in its order. */
  readonly objects: readonly unknown[];
}

/** Runs all of the jobs, told to the collector and to the bucket. Loads into a DuckDB file and the lake. */
export async function toldOfRuns(collector: string, key: string, told: () => readonly unknown[]): Promise<Told> {
  const host = hostWith({
    // Its address is told as where the data comes from; it reads a file.
    services: { shop: {}, edition: { package: '@example/public-edition', base_url: 'https://edition.example/api/v2' } },
    environments: {
      local: {
        warehouse: { file: '.tidemill/silver.duckdb', lake: 'lake' },
        events: ['openlineage', 'openlineage-url'],
      },
    },
    jobs,
  });
  const edition = { everything: true, records: [{ id: 'a', value: 1 }, { id: 'b' }, { value: 'no' }] };
  writeFileSync(join(host.cwd, 'edition.json'), JSON.stringify(edition));
  const own: Host = { ...host, env: { OPENLINEAGE_URL: collector, OPENLINEAGE_API_KEY: key } };
  const session = await openSession(own, {});
  const ids = Object.keys(jobs).filter((id) => id !== 'shop_slow');
  await runAll(session, ids, 'by-hand-1');
  const stop = new AbortController();
  await runAll({ ...session, host: { ...own, interrupted: stop.signal } }, ['shop_slow'], 'by-hand-2', () =>
    stop.abort(),
  );
  const keys = await Array.fromAsync(session.bucket.list('lineage/'), ({ key: name }) => name);
  const objects = await Promise.all(
    keys.map(async (name) => JSON.parse((await readText(session.bucket, name))?.text ?? '')),
  );
  await session.close();
  return { events: told(), objects };
}

async function runAll(session: Session, ids: readonly string[], runId: string, claimed = () => {}): Promise<void> {
  const selection = { jobs: ids, groups: [], force: false, runId };
  const { assignments } = await choose(session, { runs: [], selection });
  const following = follow(run(session, { assignments, runId, mode: 'incremental', waiting: [] }), [
    { on: ({ type }) => type === 'claimed' && claimed() },
  ]);
  const { answer } = await following;
  if (answer.untold.length > 0) throw new Error(answer.untold.map(({ message }) => message).join('; '));
}
