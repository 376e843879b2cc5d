/** The record of loaded packages, made by whoever needs it first; and whether the database is one that can hold silver. */
import { TidemillError } from '@tidemill/kit';
import { createIngestionState } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import { isRecorded } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { checkRights } from './rights.ts';
import type { Session } from './session.ts';
import { begin, lockSchemas } from './transaction.ts';

const STATE = { schema: OWN_SCHEMA, name: 'ingestion_state' };

/** `sha256` came with version 11; the oldest that is tried here is 15. */
const OLDEST_VERSION = 110_000;

/** In a transaction of its own, which is over afterwards. */
export async function makeState(session: Session): Promise<void> {
  await session.run(begin.load);
  if (!(await isRecorded(session))) {
    await checkServer(session);
    await lockSchemas(session);
    if (!(await isRecorded(session))) await checkRights(session, 'shape', STATE);
    for (const statement of createIngestionState(postgres)) await session.run(statement);
  }
  await session.run('COMMIT');
}

async function checkServer(session: Session): Promise<void> {
  const [found = []] = await session.rows(
    "SELECT current_setting('server_encoding'), current_setting('server_version_num'), current_setting('server_version')",
  );
  const [encoding, version, name] = found;
  if (encoding === 'UTF8' && Number(version) >= OLDEST_VERSION) return;
  const what = encoding === 'UTF8' ? `is PostgreSQL ${name}` : `holds texts as ${encoding}`;
  throw new TidemillError('config', 'postgres-unfit', `${session.url} ${what}`, {
    hint: "It must be PostgreSQL 11 or newer, and a database made with ENCODING 'UTF8'.",
  });
}

/** Makes sure that a load would find what every load needs, and leaves nothing but the record behind. */
export async function checkState(session: Session): Promise<void> {
  await makeState(session);
  await session.run(begin.load);
  await checkServer(session);
  await checkRights(session, 'rows', STATE);
  // A standby says that it is one, and a full disk that it is full.
  await session.run(
    `CREATE TEMPORARY TABLE staged (probe integer) ON COMMIT DROP; INSERT INTO pg_temp.staged VALUES (1)`,
  );
  await session.run(`DELETE FROM ${postgres.table(STATE.schema, STATE.name)} WHERE false`);
  await session.run('ROLLBACK');
}
