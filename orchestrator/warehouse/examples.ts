/** Queries for people to try, on any table of any warehouse that knows SQL. */
import type { Example } from '@tidemill/kit';

/** `table` as a query names it. Every table has its provenance, so that can be asked of each. */
export const examplesOfAny = (table: string): Example[] => [
  {
    question: 'Which rows came or changed last?',
    sql: `SELECT *
FROM ${table}
ORDER BY ingested_at DESC
LIMIT 10`,
  },
  {
    question: 'How many rows came or changed on which day?',
    sql: `SELECT CAST(ingested_at AS date) AS day, count(*) AS changed
FROM ${table}
GROUP BY CAST(ingested_at AS date)
ORDER BY day DESC
LIMIT 10`,
  },
  {
    question: 'Which objects of bronze do its rows come from?',
    sql: `SELECT bronze_object_path, count(*) AS records
FROM ${table}
GROUP BY bronze_object_path
ORDER BY bronze_object_path DESC
LIMIT 10`,
  },
];

/** What fits beside each other on a terminal. */
const MOST_COLUMNS = 6;

/** What a job has brought, in its own columns. Behind a point a reserved word is a name in every warehouse. */
export const rowsOfProgram = (job: string, table: string, columns: readonly string[]): Example => ({
  question: `What came last of ${job}?`,
  sql: `SELECT ${columns
    .slice(0, MOST_COLUMNS)
    .map((name) => `t.${name}`)
    .join(', ')}
FROM ${table} AS t
ORDER BY t.ingested_at DESC
LIMIT 10`,
});
