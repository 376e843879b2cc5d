/** Every table that the checks of the warehouse contract leave in a lake, and what we say is in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { lakeIn } from '../contracts/lake-bucket.ts';
import { warehouseChecks } from '../contracts/warehouse.ts';
import { fakeClock } from '../fakes/clock.ts';

export interface WrittenTable {
  readonly folder: string;
  /** Types as Iceberg calls them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** As texts; instants in microseconds since 1970. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows of its files that are dead. */
  readonly deletes: number;
}

/** As they are, and as with tables of many gigabytes, whose files are marked and not written anew. */
const SIZES = { small: {}, large: { limits: { smallBytes: 0, mostSmall: 1_000, worn: 1 } } };

/** Runs each check on lakes of its own below the folder. What a check says is of no interest here. */
export async function writtenTables(root: string): Promise<WrittenTable[]> {
  const tables: WrittenTable[] = [];
  for (const [size, options] of Object.entries(SIZES)) {
    for (const [index, { run }] of warehouseChecks.entries()) {
      const folder = join(root, size, String(index));
      await using lake = lakeIn(openLocalBucket(folder), fakeClock(), options);
      await run(lake);
      for (const { schema, name } of await lake.tables()) tables.push(await tableIn(lake, folder, schema, name));
    }
  }
  return tables;
}

async function tableIn(lake: SqlWarehouse, root: string, schema: string, name: string): Promise<WrittenTable> {
  const folder = join(root, 'silver', schema, name);
  const version = await readFile(join(folder, 'metadata', 'version-hint.text'), 'utf8');
  const metadata = JSON.parse(
    await readFile(join(folder, 'metadata', `v${version}.metadata.json`), 'utf8'),
  ) as Metadata;
  const schemaNow = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  const columns = schemaNow?.fields ?? [];
  const snapshot = metadata.snapshots.find((one) => one['snapshot-id'] === metadata['current-snapshot-id']);
  const printed = columns.map(({ name: column, type }) => {
    const value = `"${column}"`;
    return type === 'timestamptz' ? `epoch_us(${value})` : `CAST(${value} AS VARCHAR)`;
  });
  const { rows } = await lake.query(`SELECT ${printed.join(', ')} FROM "${schema}"."${name}"`);
  return { folder, columns, rows, deletes: Number(snapshot?.summary['total-position-deletes'] ?? 0) };
}

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
