/** What tables are called in the one dataset that holds those of all services. */
import type { TableName } from '../contract.ts';

/** Between the service and the data type: `shop__orders`. */
const BETWEEN = '__';

/** The same for dbt, whose tables of silver have plain names. */
export const tablePattern = `{service}${BETWEEN}{table}`;

/** https://cloud.google.com/bigquery/docs/tables#table_naming, but for what is easily mistaken. */
const PLAIN = /[A-Za-z0-9_ ]/;

/** The id of a table. What no id may hold is its code in hexadecimal between two `-`; names of services hold none of it. */
export const tableId = ({ schema, name }: TableName): string => `${encoded(schema)}${BETWEEN}${encoded(name)}`;

const encoded = (text: string): string =>
  [...text].map((sign) => (PLAIN.test(sign) ? sign : `-${sign.codePointAt(0)?.toString(16)}-`)).join('');

const decoded = (text: string): string =>
  text.replace(/-([0-9a-f]{1,6})-/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));

/** The table of an id; undefined for one that is none of ours. */
export function tableOfId(id: string): TableName | undefined {
  const at = id.indexOf(BETWEEN);
  if (at <= 0 || at + BETWEEN.length === id.length) return undefined;
  return { schema: decoded(id.slice(0, at)), name: decoded(id.slice(at + BETWEEN.length)) };
}
