/** What tables are called: a schema for each service, and in it the data type. */
import type { TableName } from '../contract.ts';

/** Of a name without quotes: https://cloud.google.com/spanner/docs/reference/standard-sql/data-definition-language#names */
const PLAIN = /[A-Za-z0-9_]/;

/** Data types have plain names. What no name may hold is its code in hexadecimal between `_u` and `_`, and so is the `_` of such. */
export const spannerName = (text: string): string =>
  [...text]
    .map((sign, at) => {
      const isFirst = at === 0 && !/[A-Za-z]/.test(sign);
      const isEscape = sign === '_' && /^_u[0-9a-f]{1,6}_/.test([...text].slice(at).join(''));
      return PLAIN.test(sign) && !isFirst && !isEscape ? sign : `_u${sign.codePointAt(0)?.toString(16)}_`;
    })
    .join('');

/** What `spannerName` has made the name of. */
export const nameOf = (name: string): string =>
  name.replace(/_u([0-9a-f]{1,6})_/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));

/** As mutations and people name a table. */
export const pathOf = ({ schema, name }: TableName): string => `${spannerName(schema)}.${spannerName(name)}`;
