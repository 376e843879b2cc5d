/**
 * A warehouse as files would keep it: each commit puts a new snapshot of a table in the place of the old one. It shows that
 * the contract fits drivers that can do less than a database, and serves tests that need none.
 */
import { type Column, type SqlType, TidemillError } from '@tidemill/kit';
import type {
  Capabilities,
  ListedTable,
  Load,
  MergeCounts,
  MergeResult,
  PackageCounts,
  PackageRows,
  SilverRow,
  StagedRow,
  Table,
  TableName,
} from '../../orchestrator/warehouse/contract.ts';
import { mergedPackages, newIn } from '../../orchestrator/warehouse/packages.ts';
import { recordedIn } from '../../orchestrator/warehouse/sql.ts';
import { cannotChange, cannotDelete, checkLoad, provenance, typeChanged } from '../../orchestrator/warehouse/table.ts';
import { type Kept, model, type Rows, type StagedPackage } from './warehouse-model.ts';
import { column, expectedChecksum, type Tested } from './warehouse-samples.ts';

interface Snapshot {
  readonly columns: readonly Column[];
  readonly description: string;
  readonly rows: Rows;
  /** Of a package of which a part is visible: the rows that were there before it. */
  readonly before?: Rows;
}

/** A warehouse that can do everything, but for what is said. */
export function memoryWarehouse(less: Partial<Capabilities> = {}): Tested {
  const capabilities: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true, ...less };
  const tables = new Map<string, Snapshot>();
  let turn: Promise<unknown> = Promise.resolve();

  async function apply(load: Load, end: 'whole' | 'cut short'): Promise<MergeResult> {
    const found = [...(tables.get(STATE)?.rows.values() ?? [])].map(({ values }) => [
      values['package_id'],
      values['counts'],
    ]);
    const recorded = recordedIn(found);
    const packages = newIn(load, recorded);
    if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
    checkLoad(load, capabilities);
    const name = nameOf(load.table);
    const now = tables.get(name);
    const shape = {
      columns: columnsAfter(load.table, now?.columns, capabilities),
      description: load.table.description,
    };
    const staged: StagedPackage[] = [];
    for (const one of packages) staged.push(await stage(load.table, one, capabilities));
    const before = now?.before ?? now?.rows ?? new Map();
    const [rows, counts] = model(before, load, staged);
    const applied = packages.map(({ id }, index) => ({ id, counts: counts[index] as MergeCounts }));
    await load.beforeCommit(applied);
    if (capabilities.atomic === 'rows') {
      const portion = [...rows].slice(0, Math.ceil(rows.size / 2));
      tables.set(name, { ...shape, rows: new Map([...before, ...portion]), before });
      if (end === 'cut short') throw new Error('the process died');
    }
    tables.set(name, { ...shape, rows });
    for (const one of applied) record(load, one);
    return { packages: mergedPackages(load, recorded, applied) };
  }

  function record({ job, table, now }: Load, { id, counts }: PackageCounts): void {
    const said = [id, job, `${table.schema}.${table.name}`, inUtc(now.toISOString()), JSON.stringify(counts)];
    const values = Object.fromEntries(STATE_COLUMNS.map(({ name }, index) => [name, said[index] ?? null]));
    const row = { values: said, bronzeObjectPath: '', bronzeLine: 0, sourceUrl: '' };
    const rows = new Map([...(tables.get(STATE)?.rows ?? []), [id, { values, row, now }]]);
    tables.set(STATE, { columns: STATE_COLUMNS, description: '', rows });
  }

  const inTurn = (load: Load, end: Parameters<typeof apply>[1]): Promise<MergeResult> => {
    const result = turn.then(() => apply(load, end));
    turn = result.catch(() => undefined);
    return result;
  };

  return {
    url: 'memory',
    capabilities,
    apply: (load) => inTurn(load, 'whole'),
    ...(capabilities.atomic === 'rows' ? { cutShort: (load: Load) => inTurn(load, 'cut short') } : {}),
    async newest(table, column) {
      const values = [...(tables.get(nameOf(table))?.rows.values() ?? [])].map((kept) => valueIn(kept, column));
      const times = values.flatMap((value) => (value === null || value === undefined ? [] : [Date.parse(value)]));
      return times.length === 0 ? undefined : new Date(Math.max(...times));
    },
    async lastPackage(job) {
      const own = [...(tables.get(STATE)?.rows.values() ?? [])].filter(({ values }) => values['job'] === job);
      const order = ({ now, values }: Kept): string => `${now.toISOString()} ${values['package_id']}`;
      const [last] = own.sort((one, other) => (order(one) < order(other) ? 1 : -1));
      return last?.values['package_id'] ?? undefined;
    },
    loadedJobs: async () =>
      new Set([...(tables.get(STATE)?.rows.values() ?? [])].map(({ values }) => String(values['job']))),
    tables: async () =>
      [...tables].flatMap(([name, snapshot]) => (name === STATE ? [] : listed(name, snapshot))).sort(bySchema),
    async *scan(table, key) {
      const kept = [...(tables.get(nameOf(table))?.rows.values() ?? [])];
      const isAsked = ({ values }: Kept) =>
        key === undefined || table.key.every((name, at) => values[name] === key[at]);
      for (const one of kept.filter(isAsked)) yield [silverRow(table, one)];
    },
    async read(table, ...columns) {
      const found = tables.get(nameOf(table));
      const known = new Set([...(found?.columns ?? []).map(({ name }) => name), ...Object.keys(PROVENANCE)]);
      if (found === undefined || columns.some((name) => !known.has(name))) return undefined;
      return [...found.rows.values()].map((kept) => columns.map((name) => valueIn(kept, name) ?? null));
    },
    check: async () => undefined,
    close: async () => undefined,
  };
}

const nameOf = ({ schema, name }: TableName): string => JSON.stringify([schema, name]);

function listed(name: string, { columns, description, rows }: Snapshot): ListedTable {
  const [schema, table] = JSON.parse(name) as [string, string];
  const all = [...columns, ...provenance].map((column) => ({ ...column, declarable: [column.type] }));
  return { schema, name: table, description, rows: rows.size, columns: all };
}

const bySchema = (one: TableName, other: TableName): number => (nameOf(one) < nameOf(other) ? -1 : 1);

const silverRow = (table: Table, kept: Kept): SilverRow => ({
  values: table.columns.map(({ name }) => kept.values[name] ?? null),
  checksum: expectedChecksum(kept.values),
  bronzeObjectPath: kept.row.bronzeObjectPath,
  bronzeLine: kept.row.bronzeLine,
  sourceUrl: kept.row.sourceUrl,
  ingestedAt: kept.now,
});

const STATE = nameOf({ schema: 'staging', name: 'ingestion_state' });
const STATE_COLUMNS = ['package_id', 'job', 'table_name', 'loaded_at', 'counts'].map((name) => column(name, 'text'));

const PROVENANCE: Readonly<Record<string, (kept: Kept) => string>> = {
  checksum_sha256: ({ values }) => expectedChecksum(values),
  bronze_object_path: ({ row }) => row.bronzeObjectPath,
  bronze_line: ({ row }) => String(row.bronzeLine),
  source_url: ({ row }) => row.sourceUrl,
  ingested_at: ({ now }) => inUtc(now.toISOString()),
};

const valueIn = (kept: Kept, column: string): string | null | undefined =>
  (Object.hasOwn(PROVENANCE, column) ? PROVENANCE[column]?.(kept) : undefined) ?? kept.values[column];

/** Declared columns take the place of those of the same name; the others stay. */
function columnsAfter(table: Table, existing: readonly Column[] | undefined, can: Capabilities): Column[] {
  const changed = table.columns.filter(({ name, type, nullable }) => {
    const was = existing?.find((column) => column.name === name);
    if (was !== undefined && was.type !== type) throw typeChanged(table, name, was.type, type);
    return existing !== undefined && (was === undefined || (nullable && !was.nullable));
  });
  const gone = (existing ?? []).filter(({ name }) => !table.columns.some((column) => column.name === name));
  const [first] = [...changed, ...gone.filter(({ nullable }) => !nullable)];
  if (first !== undefined && !can.schemaChanges) throw cannotChange(table, first.name);
  return [...table.columns, ...gone];
}

async function stage(
  table: Table,
  { rows: batches, ...one }: PackageRows,
  { deletes }: Capabilities,
): Promise<StagedPackage> {
  const rows: StagedRow[] = [];
  let rejected = 0;
  for await (const batch of batches) {
    rejected += batch.rejected;
    for (const row of batch.rows) {
      if (row.isDeletion === true && !deletes) throw cannotDelete(table, 'a record says that its row is gone');
      const values = row.values.map((text, index) => (text === null ? null : canonical(text, table.columns[index])));
      rows.push({ ...row, values });
    }
  }
  return { ...one, rows, rejected };
}

/** One spelling for a value; what cannot be one is refused without telling it. */
function canonical(text: string, column: Column | undefined): string {
  const type: SqlType = column?.type ?? 'text';
  const bits = { integer: 32, bigint: 64 }[type as string];
  if (bits !== undefined && !(/^-?\d+$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text)))
    throw new TidemillError('bug', 'warehouse-value', `no ${type}`);
  if (type === 'numeric') return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return type === 'timestamptz' ? inUtc(text) : text;
}

/** To the microsecond, without zeros that say nothing. */
function inUtc(instant: string): string {
  const [fraction = ''] = /\.\d+/.exec(instant) ?? [];
  const seconds = new Date(instant.replace(fraction, '')).toISOString().slice(0, 19);
  return `${seconds}${fraction.replace(/\.?0+$/, '')}Z`;
}
