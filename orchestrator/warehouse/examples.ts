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
