import { describe, expect, it } from 'vitest';
import { ADA, column, NONE, NOON, people } from '../../test/contracts/warehouse-samples.ts';
import {
  createIngestionState,
  type Dialect,
  type ExistingTable,
  recordedCounts,
  recordedIn,
  recordPackages,
  schemaChanges,
  silverRow,
  stagingColumns,
} from './sql.ts';
import { provenance } from './table.ts';

/** An engine with key constraints and indexes, and without row ids: unlike DuckDB in all that it is asked. */
const other: Dialect = {
  types: {
    text: 'TEXT',
    date: 'DATE',
    numeric: 'NUMERIC(38,9)',
    boolean: 'BOOLEAN',
    integer: 'INTEGER',
    bigint: 'BIGINT',
    double: 'DOUBLE PRECISION',
    timestamptz: 'TIMESTAMPTZ',
    jsonb: 'JSONB',
  },
  keptUniqueBy: 'constraint',
  positionType: 'BIGINT GENERATED ALWAYS AS IDENTITY',
  identifier: (name) => `[${name}]`,
  table: (schema, name) => `[${schema}].[${name}]`,
  literal: (text) => `<${text}>`,
  cast: (text, type) => `${text}::${type}`,
  createSchema: (schema) => `CREATE SCHEMA [${schema}]`,
  primaryKey: (columns) => `PRIMARY KEY (${columns.join(', ')})`,
  index: (table, name) => `CREATE INDEX ON [${table.name}] ([${name}])`,
  comment: (table, name, text) => `COMMENT ON ${table.name}.${name ?? '*'} IS <${text}>`,
  dropNotNull: (table, name) => `DROP NOT NULL ${table}.${name}`,
};

const asDeclared: ExistingTable = {
  description: people.description,
  columns: [...people.columns, ...provenance].map(({ name, type, nullable, description }) => ({
    name,
    type: other.types[type],
    nullable,
    description,
  })),
};

const without = (...names: string[]): ExistingTable => ({
  ...asDeclared,
  columns: asDeclared.columns.filter(({ name }) => !names.includes(name)),
});

describe('the statements that make a table what is declared', () => {
  it('create it with its key, its descriptions and its indexes', () => {
    const [schema, table, ...more] = schemaChanges(other, people, undefined);
    expect(schema).toBe('CREATE SCHEMA [contract]');
    expect(table?.split('\n')).toEqual([
      'CREATE TABLE [contract].[people] (',
      '  [id] INTEGER NOT NULL,',
      '  [name] TEXT,',
      '  [town] TEXT,',
      '  [checksum_sha256] TEXT NOT NULL,',
      '  [bronze_object_path] TEXT NOT NULL,',
      '  [bronze_line] BIGINT NOT NULL,',
      '  [source_url] TEXT NOT NULL,',
      '  [ingested_at] TIMESTAMPTZ NOT NULL,',
      '  PRIMARY KEY (id)',
      ')',
    ]);
    expect(more.filter((statement) => statement.startsWith('COMMENT'))).toHaveLength(9);
    expect(more).toContain("COMMENT ON people.* IS <People's names>");
    expect(more.at(-1)).toBe('CREATE INDEX ON [people] ([town])');
  });

  it('have no key where there is none, or where the merge keeps it', () => {
    const keyless = schemaChanges(other, { ...people, key: [], write: 'append' }, undefined);
    const merging = schemaChanges({ ...other, keptUniqueBy: 'merge' }, people, undefined);
    expect([...keyless, ...merging].join()).not.toContain('PRIMARY KEY');
  });

  it('are none but the indexes when nothing changed, whatever the case of a name', () => {
    const shouted = asDeclared.columns.map((one) => ({ ...one, name: one.name.toUpperCase() }));
    expect(schemaChanges(other, { ...people, indexes: [] }, { ...asDeclared, columns: shouted })).toEqual([]);
    expect(schemaChanges({ ...other, index: () => undefined }, people, asDeclared)).toEqual([]);
    const fewer = { ...people, columns: people.columns.slice(0, 2), indexes: [] };
    expect(schemaChanges(other, fewer, asDeclared)).toEqual([]);
  });

  it('add what is new without asking it of rows that are there', () => {
    const added = schemaChanges(other, { ...people, indexes: [] }, without('id', 'source_url'));
    expect(added).toEqual([
      'ALTER TABLE [contract].[people] ADD COLUMN [id] INTEGER',
      'COMMENT ON people.id IS <The id>',
      'ALTER TABLE [contract].[people] ADD COLUMN [source_url] TEXT',
      'COMMENT ON people.source_url IS <Where the record was read, without secrets>',
    ]);
  });

  it('loosen what may be null now, and what is declared no more', () => {
    const strict = { ...asDeclared, columns: asDeclared.columns.map((one) => ({ ...one, nullable: false })) };
    const fewer = { ...people, columns: people.columns.slice(0, 2), indexes: [] };
    expect(schemaChanges(other, fewer, strict)).toEqual([
      'DROP NOT NULL [contract].[people].[name]',
      'DROP NOT NULL [contract].[people].[town]',
    ]);
  });

  it('are refused when a type changed', () => {
    const changed = { ...people, columns: [column('id', 'integer'), column('name', 'jsonb', true)], indexes: [] };
    expect(() => schemaChanges(other, changed, asDeclared)).toThrow(
      'Column contract.people.name is TEXT in the warehouse and declared as jsonb now',
    );
  });
});

describe('the staging table', () => {
  it('holds texts, where they come from, their checksum, and a position if the engine gives none', () => {
    const columns =
      '[id] TEXT, [name] TEXT, [town] TEXT, [bronze_object_path] TEXT, [bronze_line] BIGINT, [source_url] TEXT, [~is_deletion] TEXT';
    const position = '[~position] BIGINT GENERATED ALWAYS AS IDENTITY';
    expect(stagingColumns(other, people)).toBe(`${columns}, ${position}, [~checksum] TEXT`);
    expect(stagingColumns({ ...other, positionType: undefined }, people)).toBe(`${columns}, [~checksum] TEXT`);
  });

  it('becomes silver by casts', () => {
    const [id, name] = people.columns;
    const two = { ...people, columns: [name, id].filter((one) => one !== undefined) };
    expect(silverRow(other, two, NOON)).toEqual({
      names: '[name], [id], [checksum_sha256], [bronze_object_path], [bronze_line], [source_url], [ingested_at]',
      values: `[name]::text, [id]::integer, [~checksum], [bronze_object_path], [bronze_line], [source_url], <2026-01-01T12:00:00.000Z>::timestamptz`,
    });
  });
});

describe('the record of loaded packages', () => {
  it('is made, asked and written', () => {
    expect(createIngestionState(other)).toEqual([
      'CREATE SCHEMA [staging]',
      'CREATE TABLE IF NOT EXISTS [staging].[ingestion_state] (package_id TEXT, job TEXT, table_name TEXT, ' +
        'loaded_at TIMESTAMPTZ, counts JSONB, PRIMARY KEY (package_id))',
    ]);
    expect(recordedCounts(other, ['p1', 'p2'])).toBe(
      'SELECT package_id, counts FROM [staging].[ingestion_state] WHERE package_id IN (<p1>, <p2>)',
    );
    const counts = { ...NONE, rows: 1, inserted: 1 };
    const values = (id: string) =>
      `(<${id}>, <Ada>, <contract.people>, <2026-01-01T12:00:00.000Z>::timestamptz, <${JSON.stringify(counts)}>::jsonb)`;
    const load = { job: ADA.name, table: people, now: NOON };
    const packages = ['p1', 'p2'].map((id) => ({ id, counts }));
    expect(recordPackages(other, load, packages)).toBe(
      `INSERT INTO [staging].[ingestion_state] VALUES ${values('p1')}, ${values('p2')}`,
    );
  });

  it('is read as it was written, and by older versions, which knew of no deletions', () => {
    const { deletions: _, ...older } = { ...NONE, rows: 1, inserted: 1 };
    const rows = [NONE, older].map((counts, index) => [`p${index}`, JSON.stringify(counts)]);
    expect([...recordedIn(rows)]).toEqual([
      ['p0', NONE],
      ['p1', { ...older, deletions: 0 }],
    ]);
  });
});
