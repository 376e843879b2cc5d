/**
 * How transactions begin. What they need is set for each of them, never for a session: behind PgBouncer that has another owner after
 * every transaction. Advisory locks end with them, too.
 */
import { postgres } from './dialect.ts';
import type { Session } from './session.ts';

/** As values are written: exact, and the same on every server. */
const EXACT = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 1";

/** A session that finds what is meant, whatever the role's search path: names of ours say their schema. */
const OURS = 'SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL standard_conforming_strings = on';

/**
 * For a load. Each statement sees what was committed before it: with one view for all of them, a lock that was waited for would
 * open on the state of before. How long it may take is the leg's to say, but nobody's lock is waited for longer than ten minutes.
 * A COMMIT that is answered must be on disk, for the package is forgotten after it.
 */
const LOAD = `BEGIN ISOLATION LEVEL READ COMMITTED; ${EXACT}; ${OURS}; SET LOCAL statement_timeout = 0;
  SET LOCAL lock_timeout = '10min'; SET LOCAL work_mem = '64MB';
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** For questions of ours: one view of everything. */
const LOOK = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${EXACT}; ${OURS}; SET LOCAL statement_timeout = 0`;

/** For questions of people. */
const QUERY = `BEGIN READ ONLY; ${EXACT}; SET LOCAL statement_timeout = '5min'`;

export const begin = { load: LOAD, look: LOOK, query: QUERY } as const;

/** Waits until no other transaction has the lock of this name, and keeps it to the end of the transaction. */
export async function lock(session: Session, name: string): Promise<void> {
  await session.run(`SELECT pg_advisory_xact_lock(hashtextextended(${postgres.literal(`tidemill ${name}`)}, 0))`);
}

/** Two that make the same schema at once would both find it missing. */
export const lockSchemas = (session: Session): Promise<void> => lock(session, 'schemas');
