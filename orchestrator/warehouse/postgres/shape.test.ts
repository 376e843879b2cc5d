import type { Column } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import type { Table } from '../contract.ts';
import { provenance } from '../table.ts';
import type { FoundIndex, FoundTable } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { checkNames, shapeChanges } from './shape.ts';

const column = (name: string, type: Column['type'], nullable = true): Column => ({
  name,
  type,
  nullable,
  description: '',
});

const plays: Table = {
  schema: 'music',
  name: 'plays',
  description: 'Plays',
  columns: [
    column('id', 'integer', false),
    column('artist', 'text'),
    column('at', 'timestamptz'),
    column('raw', 'jsonb'),
  ],
  key: ['id'],
  indexes: ['artist', 'at', 'raw'],
  write: 'upsert',
};

const primary: FoundIndex = { name: 'plays_pkey', keeps: 'primary', columns: ['id'] };

function found(indexes: readonly FoundIndex[], more: Partial<FoundTable> = {}): FoundTable {
  const columns = [...plays.columns, ...provenance].map(({ name, type, nullable, description }) => ({
    name,
    type: postgres.types[type],
    nullable,
    description,
    filled: 'null' as const,
  }));
  return { isTable: true, description: 'Plays', columns, indexes, ...more };
}

const INDEXED: readonly FoundIndex[] = [
  primary,
  { name: 'of a person', keeps: 'nothing', columns: ['artist', 'at'] },
  { name: 'plays_at_idx', keeps: 'nothing', columns: ['at'] },
];

describe('the shape of a table', () => {
  it('is made with its key and its indexes: a hash of texts, none of documents', () => {
    const all = shapeChanges(plays, undefined).join('\n');
    expect(all).toContain('PRIMARY KEY ("id")');
    expect(all).toContain('CREATE INDEX ON "music"."plays" USING hash ("artist")');
    expect(all).toContain('CREATE INDEX ON "music"."plays" USING btree ("at")');
    expect(all).not.toContain('("raw")');
  });

  it('is left alone when it is as declared, whoever made the indexes', () => {
    expect(shapeChanges(plays, found(INDEXED))).toEqual([]);
  });

  it('keeps the comments that are there, and gets those that are missing', () => {
    const mine = found(INDEXED, { description: 'Of a person' });
    expect(shapeChanges(plays, mine)).toEqual([]);
    const bare = found(INDEXED, { description: '' });
    expect(shapeChanges(plays, bare)).toEqual([`COMMENT ON TABLE "music"."plays" IS 'Plays'`]);
  });

  it('keeps a column of a person as it is, unless it would keep rows out', () => {
    const theirs = { name: 'theirs', type: 'text', nullable: false, description: 'x', filled: 'default' as const };
    const columns = [...found([]).columns, theirs];
    expect(shapeChanges(plays, found(INDEXED, { columns }))).toEqual([]);
    const strict = [...found([]).columns, { ...theirs, filled: 'null' as const }];
    expect(shapeChanges(plays, found(INDEXED, { columns: strict }))).toEqual([
      'ALTER TABLE "music"."plays" ALTER COLUMN "theirs" DROP NOT NULL',
    ]);
  });

  it('follows a key that changes, and keeps what other indexes people have', () => {
    const wider: Table = { ...plays, key: ['id', 'artist'] };
    expect(shapeChanges(wider, found(INDEXED))).toEqual([
      'ALTER TABLE "music"."plays" DROP CONSTRAINT "plays_pkey"',
      'CREATE UNIQUE INDEX "plays~key" ON "music"."plays" ("id", "artist")',
    ]);
    const own: FoundIndex = { name: 'plays~key', keeps: 'unique', columns: ['artist', 'id'] };
    const now = [own, ...INDEXED.slice(1)];
    expect(shapeChanges(wider, found(now))).toEqual([]);
    expect(shapeChanges(plays, found(now))).toEqual([
      'DROP INDEX "music"."plays~key"',
      'CREATE UNIQUE INDEX "plays~key" ON "music"."plays" ("id")',
    ]);
    expect(shapeChanges({ ...plays, key: [], write: 'append' }, found(INDEXED))).toEqual([
      'ALTER TABLE "music"."plays" DROP CONSTRAINT "plays_pkey"',
    ]);
  });

  it('is that of a table: a view of the name is refused', () => {
    expect(() => shapeChanges(plays, found([], { isTable: false }))).toThrow(
      expect.objectContaining({ code: 'table-unfit' }),
    );
  });

  it('has names that PostgreSQL does not cut off', () => {
    expect(() => checkNames({ ...plays, name: 'a'.repeat(63) })).not.toThrow();
    expect(() => checkNames({ ...plays, name: 'a'.repeat(64) })).toThrow(
      expect.objectContaining({ code: 'table-unfit' }),
    );
    expect(() => checkNames({ ...plays, schema: 'ü'.repeat(32) })).toThrow(
      expect.objectContaining({ code: 'table-unfit' }),
    );
    const long: Table = { ...plays, name: 'a'.repeat(63), key: ['id', 'artist'], indexes: [] };
    const [, made = ''] = shapeChanges(long, found([primary]));
    expect(Buffer.byteLength(/INDEX "([^"]*)"/.exec(made)?.[1] ?? 'x'.repeat(64))).toBeLessThanOrEqual(63);
  });
});
