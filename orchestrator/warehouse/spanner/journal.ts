/**
 * How far a load has come that is more than one commit. Each of its commits says so beside its rows; the last one takes that away and
 * records the packages. Whoever is handed the same packages next goes on there, and counts what was done as done.
 */
import { z } from 'zod';
import type { Load, PackageRows } from '../contract.ts';
import { COUNTED, type Tally, talliesFor } from '../packages.ts';
import { allRows, type Link } from './read.ts';
import { BEGUN, hasRecord, TABLES } from './record.ts';

/** Rows that make room are deleted first, then staged ones are written in their order, then those go that are not named. */
export type Phase = 'room' | 'rows' | 'unnamed';

const Counts = z.object(
  Object.fromEntries(COUNTED.map((name) => [name, z.number().int()])) as Record<keyof Tally, z.ZodNumber>,
);

const Done = z.object({
  phase: z.enum(['room', 'rows', 'unnamed']),
  /** The place of the last staged row that is done, -1 before the first. */
  place: z.number().int(),
  /** Of each package, what of it is done. */
  counts: z.array(Counts),
  /** What was decided of rows that the load does not name. */
  unnamed: z.union([z.literal('delete'), z.object({ unnamed: z.number(), of: z.number() })]).optional(),
});
export type Done = z.output<typeof Done>;

export const NOTHING_DONE = (packages: number): Done => ({
  phase: 'room',
  place: -1,
  counts: talliesFor(packages).map((tally) => ({ ...tally })),
});

const Packages = z.array(z.object({ id: z.string(), rows: z.number().int() }));

/** A load that has begun and not ended. */
export interface Begun {
  readonly packages: z.output<typeof Packages>;
  /** Stands for everything that was staged. */
  readonly content: string;
  readonly done: Done;
}

/** What is remembered of a table, as of the moment `at`. */
export interface TableState {
  readonly at: string | undefined;
  /** What its rows are known by; undefined where nobody has said it. */
  readonly rowKey: string | undefined;
  readonly described: string | undefined;
  /** Made anew by each commit of a load; null before the first. */
  readonly writer: string | null;
  /** By the first of its packages. */
  readonly begun: ReadonlyMap<string, Begun>;
}

export const tableName = ({ schema, name }: Load['table']): string => `${schema}.${name}`;

export async function stateOf(link: Link, table: Load['table']): Promise<TableState> {
  if (!(await hasRecord(link)))
    return { at: undefined, rowKey: undefined, described: undefined, writer: null, begun: new Map() };
  const texts = { table: tableName(table) };
  const own = `SELECT row_key, described, writer FROM ${TABLES} WHERE table_name = @table`;
  const { rows, at } = await allRows(link, { sql: own, texts });
  const [rowKey, described, writer] = rows[0] ?? [];
  const begun = `SELECT package_id, packages, content, done FROM ${BEGUN} WHERE table_name = @table`;
  const found = await allRows(link, { sql: begun, texts, at });
  return {
    at,
    rowKey: textOf(rowKey),
    described: textOf(described),
    writer: textOf(writer) ?? null,
    begun: new Map(found.rows.flatMap(([id, ...texts]) => begunIn(String(id), texts.map(String)))),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** None of what another version wrote: then the load begins anew. */
function begunIn(id: string, [packages = '', content = '', done = '']: readonly string[]): [string, Begun][] {
  const all = Packages.safeParse(JSON.parse(packages)).data;
  const read = Done.safeParse(JSON.parse(done)).data;
  return all === undefined || read === undefined ? [] : [[id, { packages: all, content, done: read }]];
}

/**
 * The packages in the portions that they are applied in: those that began together end together, whatever has come to wait
 * meanwhile.
 */
export function groupsOf(packages: readonly PackageRows[], { begun }: Pick<TableState, 'begun'>): PackageRows[][] {
  const one = begun.get(packages[0]?.id ?? '');
  const count = one?.packages.length ?? packages.length;
  const isPrefix = one?.packages.every(({ id }, at) => packages[at]?.id === id) ?? false;
  const groups = isPrefix ? [packages.slice(0, count), packages.slice(count)] : [[...packages]];
  return groups.filter((group) => group.length > 0);
}
