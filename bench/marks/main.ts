/** What marks cost a whole leg, source to silver: the same records with one mark, and with a hundred. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEG_FLAGS } from '../fleet.ts';
import { type Child, CLI, mb, type Row, runNode, times } from '../measure.ts';

const RECORDS = 500_000;
const MARKS = 100;
const MOST = 1.3;

const WAREHOUSES: readonly (readonly [name: string, location: (folder: string) => string])[] = [
  ['DuckDB', (folder) => join(folder, 'warehouse.duckdb')],
  ['lake', () => 'lake'],
];

async function leg(location: (folder: string) => string, marks: number): Promise<Child> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const config = {
    environments: { local: { bucket: join(folder, 'bucket'), warehouse: location(folder) } },
    services: { marked: {} },
    jobs: { marked: { service: 'marked', data_type: 'activities', options: { records: RECORDS, marks } } },
  };
  const file = join(folder, 'ingestion-config.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const preload = new URL('resolve.ts', import.meta.url).href;
  const child = await runNode([...LEG_FLAGS, '--import', preload, CLI, 'run', 'marked', '--json', '--config', file]);
  const { results } = JSON.parse(child.stdout) as { results: { totals: { inserted: number; packages: number } }[] };
  const { inserted, packages } = results[0]?.totals ?? {};
  if (inserted !== RECORDS || packages !== marks)
    throw new Error(`${inserted} records were inserted, of ${packages} packages`);
  await rm(folder, { recursive: true });
  return child;
}

export async function markRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, location] of WAREHOUSES) {
    const one = await leg(location, 1);
    const many = await leg(location, MARKS);
    const ratio = many.cpuSeconds / one.cpuSeconds;
    const told = ({ cpuSeconds, peakBytes }: Child): string => `${cpuSeconds.toFixed(1)} CPU s, ${mb(peakBytes)}`;
    rows.push({
      what: `${MARKS} marks at ${RECORDS.toLocaleString('en-US')} records, ${name}`,
      measured: told(many),
      limit: `${told(one)} with one`,
      ratio: times(ratio),
      budget: `≤ ${MOST} ×`,
      isMet: ratio <= MOST,
    });
  }
  return rows;
}
