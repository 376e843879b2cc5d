/** A large first load, from a REST source to bronze and DuckDB, against the least that any program must do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openShop, type Shop } from './beside/child.ts';
import { legOf } from './beside/leg.ts';
import { LEG_FLAGS, withFleet } from './fleet.ts';
import { type Child, mb, type Row, runNode, times } from './measure.ts';

const RECORDS = 500_000;
const FLOOR = fileURLToPath(new URL('./bulk-floor.ts', import.meta.url));
const MOST = 1.6;
const MOST_BYTES = 400e6;

async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  try {
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One package, whatever it takes. Throws when not every record was inserted. */
const leg = (shop: Shop, records: number): Promise<Child> =>
  withFleet((env) =>
    inFolder(async (folder) => {
      const warehouse = join(folder, 'tables.duckdb');
      const child = await runNode(
        [...LEG_FLAGS, ...(await legOf({ folder, shop, warehouse, pagesAMark: records }))],
        env,
      );
      const { results } = JSON.parse(child.stdout) as { results: { totals: { inserted: number } }[] };
      if (results[0]?.totals.inserted !== records) throw new Error(`${records} records, and not all were inserted`);
      return child;
    }),
  );

type How = 'plain' | 'tuned';

const floor = (shop: Shop, how: How): Promise<Child> =>
  inFolder(async (folder) => {
    const child = await runNode([FLOOR, shop.url, folder, how]);
    if (Number(child.stdout) !== RECORDS) throw new Error(`the floor has ${child.stdout} rows`);
    return child;
  });

const cpu = ({ cpuSeconds }: Child): string => `${cpuSeconds.toFixed(1)} CPU s`;

/** Held against the better of two runs of each floor, one before and one after, so that a busy machine does not flatter us. */
export async function bulkRows(): Promise<Row[]> {
  const shop = await openShop(RECORDS);
  const before = { plain: await floor(shop, 'plain'), tuned: await floor(shop, 'tuned') };
  const ours = await leg(shop, RECORDS);
  const after = { plain: await floor(shop, 'plain'), tuned: await floor(shop, 'tuned') };
  shop.close();
  const row = (how: How): Row => {
    const limit = before[how].cpuSeconds < after[how].cpuSeconds ? before[how] : after[how];
    const ratio = ours.cpuSeconds / limit.cpuSeconds;
    return {
      what: '500,000 records, REST → bronze + DuckDB',
      measured: cpu(ours),
      limit: `${cpu(limit)} fetch, JSON, gzip, bulk insert${how === 'tuned' ? ', each as cheap as we know' : ''}`,
      ratio: times(ratio),
      budget: `≤ ${MOST} ×`,
      isMet: ratio <= MOST,
      judgedBy: 'work',
    };
  };
  return [row('plain'), row('tuned'), memoryRow(RECORDS, ours)];
}

/** Some minutes. */
export async function hugeRow(): Promise<Row> {
  const records = 5_000_000;
  const shop = await openShop(records);
  const ours = await leg(shop, records);
  shop.close();
  return memoryRow(records, ours);
}

const memoryRow = (records: number, { peakBytes, cpuSeconds }: Child): Row => ({
  what: `its memory, ${records.toLocaleString('en-US')} records`,
  measured: `${mb(peakBytes)} (${cpuSeconds.toFixed(1)} CPU s)`,
  limit: mb(MOST_BYTES),
  ratio: times(peakBytes / MOST_BYTES),
  budget: '≤ 400 MB',
  isMet: peakBytes <= MOST_BYTES,
});
