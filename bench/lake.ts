/** The lake on a folder, beside the DuckDB file: what a load takes of the processor, of memory, and of the bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, mb, type Row, runNode, times } from './measure.ts';

const ROWS = 1_000_000;
/** Every so many-th row has changed. */
const EVERY = 100;
const MOST_BYTES = 512e6;

const LOAD = fileURLToPath(new URL('./lake-load.ts', import.meta.url));
const LIMIT = fileURLToPath(new URL('./lake-limit.ts', import.meta.url));

/** What is told is the load alone: the table is there before. */
async function loads(folder: string, warehouse: string): Promise<{ readonly upsert: Child; readonly whole: Child }> {
  const load = (...args: (string | number)[]): Promise<Child> =>
    runNode([LOAD, folder, warehouse, String(ROWS), '0', ...args.map(String)]);
  await load(0, 'changes', 'all');
  const upsert = await load(EVERY, 'changes', 'only-changed');
  const whole = await load(EVERY, 'everything', 'all');
  return { upsert, whole };
}

export async function lakeRows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const lake = await loads(folder, 'lake');
  const limit = await runNode([LIMIT, folder, String(ROWS / EVERY)]);
  const file = await loads(folder, join(folder, 'warehouse.duckdb'));
  await rm(folder, { recursive: true });
  return [
    against('lake, 1 % of 10^6 rows changed', lake.upsert, { name: 'reading keys, writing rows', took: limit }, 4),
    against('the same, the DuckDB file', file.upsert, { name: 'reading keys, writing rows', took: limit }, 4),
    against(
      'lake, everything of 10^6 rows, 1 % changed',
      lake.whole,
      { name: 'the DuckDB file', took: file.whole },
      1.5,
    ),
    ...[lake.upsert, lake.whole].map(({ peakBytes }, index) => ({
      what: index === 0 ? 'memory of the upsert into the lake' : 'memory of everything into the lake',
      measured: mb(peakBytes),
      limit: mb(MOST_BYTES),
      ratio: times(peakBytes / MOST_BYTES),
      budget: '≤ 512 MB',
      isMet: peakBytes <= MOST_BYTES,
    })),
  ];
}

function against(what: string, took: Child, held: { readonly name: string; readonly took: Child }, most: number): Row {
  const ratio = took.cpuSeconds / held.took.cpuSeconds;
  const seconds = (child: Child): string => `${child.cpuSeconds.toFixed(2)} CPU s`;
  return {
    what,
    measured: seconds(took),
    limit: `${seconds(held.took)} ${held.name}`,
    ratio: times(ratio),
    budget: `≤ ${most} ×`,
    isMet: ratio <= most,
  };
}
