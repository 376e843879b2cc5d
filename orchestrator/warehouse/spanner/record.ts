/**
 * What the driver must remember, in the schema `staging`: which packages were loaded, for people too; and of each table what it was
 * declared as, who wrote to it last, and which loads have begun that are more than one commit. Nothing is made for a question.
 */
import type { Recorded } from '../packages.ts';
import { recordedCounts, recordedIn, recordedJobs, recordedLast } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import { spanner } from './dialect.ts';
import { allRows, type Link } from './read.ts';
import { changeSchema, createSchema, findTable } from './schema.ts';

const own = (name: string): string => spanner.table(OWN_SCHEMA, name);

/** As mutations name them. */
export const STATE = `${OWN_SCHEMA}.ingestion_state`;
export const TABLES = `${OWN_SCHEMA}.ingestion_tables`;
export const BEGUN = `${OWN_SCHEMA}.ingestion_begun`;

const text = (name: string): string => `${name} STRING(MAX)`;

/** The last is the one that is looked for. */
const STATEMENTS = [
  createSchema(OWN_SCHEMA),
  `CREATE TABLE IF NOT EXISTS ${own('ingestion_tables')} (${text('table_name')} NOT NULL, ${text('row_key')}, ${text('described')}, ${text('writer')}) PRIMARY KEY (table_name)`,
  `CREATE TABLE IF NOT EXISTS ${own('ingestion_begun')} (${text('table_name')} NOT NULL, ${text('package_id')} NOT NULL, ${text('packages')}, ${text('content')}, ${text('done')}) PRIMARY KEY (table_name, package_id)`,
  `CREATE TABLE IF NOT EXISTS ${own('ingestion_state')} (${text('package_id')} NOT NULL, ${text('job')}, ${text('table_name')}, loaded_at TIMESTAMP, ${text('counts')}) PRIMARY KEY (package_id)`,
];

/** Those whose database has the tables: they are not looked for again. */
const known = new WeakSet<Link>();

/** Makes the tables unless they are there. */
export async function makeRecord(link: Link): Promise<void> {
  if (await hasRecord(link)) return;
  await changeSchema(link.client, STATEMENTS);
  known.add(link);
}

export async function hasRecord(link: Link): Promise<boolean> {
  if (!known.has(link)) {
    if ((await findTable(link, { schema: OWN_SCHEMA, name: 'ingestion_state' })) === undefined) return false;
    known.add(link);
  }
  return true;
}

/** None where nobody has recorded anything yet. */
async function recorded(link: Link, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await hasRecord(link)) ? (await allRows(link, { sql })).rows : [];
}

/** Those of the packages that are loaded. */
export const recordedOf = async (link: Link, ids: readonly string[]): Promise<Recorded> =>
  recordedIn(await recorded(link, recordedCounts(spanner, ids)));

export async function lastPackage(link: Link, job: string): Promise<string | undefined> {
  const [found] = await recorded(link, recordedLast(spanner, job));
  return found === undefined ? undefined : String(found[0]);
}

export async function loadedJobs(link: Link): Promise<ReadonlySet<string>> {
  return new Set((await recorded(link, recordedJobs(spanner))).map(([job]) => String(job)));
}
