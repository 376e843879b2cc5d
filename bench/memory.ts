/** Peak memory of a whole leg, source to silver, over three orders of magnitude. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEG_FLAGS } from './fleet.ts';
import { CLI, mb, ms, type Row, runNode, times } from './measure.ts';
import { COLUMNS } from './records.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** However many records there are: `npm run bench -- huge` is the same for 5·10^6. */
const BUDGET_BYTES = 400e6;

async function leg(records: number): Promise<{ peakBytes: number; milliseconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const source = fileURLToPath(new URL('./source.ts', import.meta.url));
  const config = {
    services: { bench: {} },
    jobs: {
      activities: {
        service: 'bench',
        data_type: 'activities',
        command: [process.execPath, source, String(records)],
        columns: COLUMNS,
        primary_key: ['id'],
      },
    },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'ingestion-config.yaml'), JSON.stringify(config));
  const args = ['run', 'activities', '--json', '--config', join(folder, 'ingestion-config.yaml')];
  const child = await runNode([...LEG_FLAGS, CLI, ...args]);
  const { results } = JSON.parse(child.stdout) as { results: { totals: { inserted: number } }[] };
  if (results[0]?.totals.inserted !== records) throw new Error(`${records} records, and not all of them were inserted`);
  await rm(folder, { recursive: true });
  return child;
}

export async function memoryRows(): Promise<Row[]> {
  const legs: { records: number; peakBytes: number; milliseconds: number }[] = [];
  for (const records of SIZES) legs.push({ records, ...(await leg(records)) });
  return legs.map(({ records, peakBytes, milliseconds }) => ({
    what: `memory of a leg, ${records.toLocaleString('en-US')} records`,
    measured: `${mb(peakBytes)} in ${ms(milliseconds)}`,
    limit: mb(BUDGET_BYTES),
    ratio: times(peakBytes / BUDGET_BYTES),
    budget: '≤ 400 MB',
    isMet: peakBytes <= BUDGET_BYTES,
  }));
}
