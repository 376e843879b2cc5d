/** Which packages were loaded: `staging__ingestion_state`. Nothing is made for a question. */
import type { Column } from '@tidemill/kit';
import type { Recorded } from '../packages.ts';
import { recordedCounts, recordedIn, recordedJobs, recordedLast } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import type { Client } from './client.ts';
import { bigQuery } from './dialect.ts';
import { rowsOf } from './jobs.ts';
import { findTable, makeTable, sent } from './tables.ts';

const NAME = { schema: OWN_SCHEMA, name: 'ingestion_state' };

const column = (name: string, type: Column['type'], description: string): Column => ({
  name,
  type,
  nullable: false,
  description,
});

const RECORD = {
  description: 'The packages that Tidemill has loaded',
  schema: {
    fields: [
      column('package_id', 'text', 'The id of the load'),
      column('job', 'text', 'The job it was loaded for'),
      column('table_name', 'text', 'The service and the data type'),
      column('loaded_at', 'timestamptz', 'When the load began'),
      column('counts', 'jsonb', 'What became of its rows'),
    ].map(sent),
  },
  clustering: { fields: ['package_id'] },
};

/** Those whose dataset has the table: it is not looked for again. */
const known = new WeakSet<Client>();

/** Makes the table unless it is there. */
export async function makeRecord(client: Client): Promise<void> {
  if (known.has(client)) return;
  await makeTable(client, NAME, RECORD);
  known.add(client);
}

/** None where nobody has recorded anything yet. */
async function recorded(client: Client, sql: string): Promise<readonly (readonly unknown[])[]> {
  if (!known.has(client)) {
    await client.location();
    if ((await findTable(client, NAME)) === undefined) return [];
    known.add(client);
  }
  return rowsOf(client, sql);
}

/** Those of the packages that are loaded. */
export const recordedOf = async (client: Client, ids: readonly string[]): Promise<Recorded> =>
  recordedIn(await recorded(client, recordedCounts(bigQuery, ids)));

export async function lastPackage(client: Client, job: string): Promise<string | undefined> {
  const [found] = await recorded(client, recordedLast(bigQuery, job));
  return found === undefined ? undefined : String(found[0]);
}

export async function loadedJobs(client: Client): Promise<ReadonlySet<string>> {
  return new Set((await recorded(client, recordedJobs(bigQuery))).map(([job]) => String(job)));
}
