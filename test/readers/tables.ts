/** Every table that the checks of the warehouse contract leave in a lake, and what we say is in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openLake } from '../../orchestrator/warehouse/lake/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { warehouseChecks } from '../contracts/warehouse.ts';
import { readable } from '../contracts/warehouse-samples.ts';

export interface WrittenTable {
  readonly folder: string;
  /** Types as Iceberg calls them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** As texts; instants in microseconds since 1970. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows of its files that are dead. */
  readonly deletes: number;
}

/** Runs each check on a lake of its own below the folder. What a check says is of no interest here. */
export async function writtenTables(root: string): Promise<WrittenTable[]> {
  const tables: WrittenTable[] = [];
  for (const [index, { run }] of warehouseChecks.entries()) {
    const folder = join(root, String(index));
    const lake = openLake({ bucket: openLocalBucket(folder), clock: fakeClock(), random: () => 0.5 });
    await run(readable(lake));
    for (const { schema, name } of await lake.tables()) tables.push(await tableIn(lake, folder, schema, name));
    await lake.close();
  }
  return tables;
}

async function tableIn(lake: SqlWarehouse, root: string, schema: string, name: string): Promise<WrittenTable> {
  const folder = join(root, 'silver', schema, name);
  const version = await readFile(join(folder, 'metadata', 'version-hint.text'), 'utf8');
  const metadata = JSON.parse(await readFile(join(folder, 'metadata', `v${version}.metadata.json`), 'utf8')) as Metadata;
  const schemaNow = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  const columns = schemaNow?.fields ?? [];
  const snapshot = metadata.snapshots.find((one) => one['snapshot-id'] === metadata['current-snapshot-id']);
  const printed = columns.map(({ name: column, type }) => {
    const value = `"${column}"`;
    return type === 'timestamptz' ? `epoch_us(${value})` : marked(`CAST(${value} AS VARCHAR)`);
  });
  const { rows } = await lake.query(`SELECT ${printed.join(', ')} FROM "${schema}"."${name}"`);
  return { folder, columns, rows, deletes: Number(snapshot?.summary['total-position-deletes'] ?? 0) };
}

/** The client takes U+FEFF at the beginning of a text for a byte order mark, and leaves one out. */
const marked = (text: string): string => `CASE WHEN starts_with(${text}, chr(65279)) THEN chr(65279) || ${text} ELSE ${text} END`;

interface Metadata {
  readonly 'current-schema-id': number;
  readonly 'current-snapshot-id'?: number;
  readonly schemas: readonly {
    readonly 'schema-id': number;
    readonly fields: readonly { readonly name: string; readonly type: string }[];
  }[];
  readonly snapshots: readonly {
    readonly 'snapshot-id': number;
    readonly summary: Readonly<Record<string, string>>;
  }[];
}
