/** Words that no SQL of these dialects takes for a name unless it is quoted. Facts, each list from its own page. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** `duckdb_keywords()` of version 1.5, reserved and those of types and functions; `duckdb/names.test.ts` holds the list to the engine. */
export const duckDbWords = words(`
  all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate
  collation column columns concurrently constraint create cross default deferrable desc describe distinct do else end
  except false fetch for foreign freeze from full generated glob group having ilike in initially inner intersect into is
  isnull join lambda lateral leading left like limit map natural not notnull null offset on only or order outer overlaps
  pivot pivot_longer pivot_wider placing positional primary qualify references returning right select semi show similar
  some struct summarize symmetric table tablesample then to trailing true try_cast union unique unpack unpivot using
  variadic verbose when where window with
`);

/** Reserved, also those that may be names of functions or types: https://www.postgresql.org/docs/current/sql-keywords-appendix.html */
const postgresWords = words(`
  all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog
  current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except
  false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp
  not null offset on only or order placing primary references returning select session_user some symmetric system_user table
  then to trailing true union unique user using variadic when where window with
  authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural
  notnull outer overlaps right similar tablesample verbose
`);

/**
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords, and those that
 * https://github.com/google/googlesql/blob/master/googlesql/parser/keywords.cc reserves where a feature is on.
 */
const bigQueryWords = words(`
  align all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube current default
  define desc distinct else end enum escape except exclude exists extract false fetch following for from full graph_table
  group grouping groups hash having if ignore in inner intersect interval into is join lateral left like limit lookup match_recognize merge
  natural new no not null nulls of on or order outer over partition preceding proto qualify range recursive respect right
  rollup rows select set some struct tablesample then to treat true unbounded union unnest using when where window with
  within
`);

/** Each word of the three once. */
export const reservedWords: readonly string[] = [
  ...new Set([...duckDbWords, ...postgresWords, ...bigQueryWords]),
].sort();
