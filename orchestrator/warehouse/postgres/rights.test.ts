import { describe, expect, it } from 'vitest';
import { lackingFor, type Rights } from './rights.ts';

const table = { schema: 'music', name: 'plays' };

const all: Rights = {
  user: 'tide',
  database: 'silver',
  mayCreateSchemas: true,
  mayUseTemporaryTables: true,
  schema: { mayUse: true, mayCreate: true },
  table: { isOwned: true, mayWrite: true },
};

describe('what a role lacks', () => {
  it.each<[what: string, needs: 'rows' | 'shape', rights: Partial<Rights>, lacking: readonly string[]]>([
    ['nothing', 'shape', {}, []],
    ['nothing of somebody else who lets it write', 'rows', { table: { isOwned: false, mayWrite: true } }, []],
    ['a schema that it may make', 'shape', { schema: undefined, table: undefined }, []],
    [
      'a schema that it may not make',
      'shape',
      { schema: undefined, table: undefined, mayCreateSchemas: false },
      ['GRANT CREATE ON DATABASE "silver" TO "tide"'],
    ],
    [
      'a place in a schema of somebody else',
      'shape',
      { schema: { mayUse: false, mayCreate: false }, table: undefined },
      ['GRANT USAGE, CREATE ON SCHEMA "music" TO "tide"'],
    ],
    [
      'the rows of somebody else',
      'rows',
      { schema: { mayUse: false, mayCreate: false }, table: { isOwned: false, mayWrite: false } },
      ['GRANT USAGE ON SCHEMA "music" TO "tide"', 'GRANT SELECT, INSERT, UPDATE, DELETE ON "music"."plays" TO "tide"'],
    ],
    [
      'a table to change',
      'shape',
      { table: { isOwned: false, mayWrite: true } },
      ['ALTER TABLE "music"."plays" OWNER TO "tide"'],
    ],
    ['temporary tables', 'rows', { mayUseTemporaryTables: false }, ['GRANT TEMPORARY ON DATABASE "silver" TO "tide"']],
  ])('%s', (_, needs, rights, lacking) => {
    expect(lackingFor(needs, { ...all, ...rights }, table)).toEqual(lacking);
  });
});
