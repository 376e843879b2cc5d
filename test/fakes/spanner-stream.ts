/**
 * An answer of the fake of Spanner as a stream: an array of parts, as Google's REST server writes it, where rows and long texts go from
 * one part into the next. https://cloud.google.com/spanner/docs/reference/rest/v1/PartialResultSet
 */
import type { Reply } from './http-server.ts';
import type { FakeAnswer } from './spanner-sql.ts';

/** Values in a part. */
const VALUES = 997;

interface Part {
  readonly values: readonly unknown[];
  readonly chunkedValue?: true;
}

export function streamed(
  { transaction }: { transaction: { singleUse?: { readOnly: { returnReadTimestamp?: true } } } },
  { fields, rows, at }: FakeAnswer & { readonly at: string },
): Reply {
  const told =
    transaction.singleUse?.readOnly.returnReadTimestamp === true ? { transaction: { readTimestamp: at } } : {};
  const [first, ...parts] = partsOf(rows.flat());
  const all = [{ metadata: { rowType: { fields }, ...told }, ...first }, ...parts];
  const body = `[${all.map((part) => JSON.stringify(part)).join('\n,\r\n')}]`;
  return { body, headers: { 'content-type': 'application/json; charset=UTF-8' } };
}

/** The last text of each part is cut in two, where it has two characters. */
function partsOf(values: readonly unknown[]): Part[] {
  const parts: Part[] = [];
  let carried: unknown[] = [];
  for (let from = 0; from < values.length; from += VALUES) {
    const some = [...carried, ...values.slice(from, from + VALUES)];
    const last = some.at(-1);
    const isLast = from + VALUES >= values.length;
    if (isLast || typeof last !== 'string' || last.length < 2) {
      parts.push({ values: some });
      carried = [];
      continue;
    }
    const half = Math.floor(last.length / 2);
    // Not in the middle of a pair of surrogates: each part is JSON of its own.
    const at = last.slice(0, half).isWellFormed() ? half : half + 1;
    parts.push({ values: [...some.slice(0, -1), last.slice(0, at)], chunkedValue: true });
    carried = [last.slice(at)];
  }
  return parts.length === 0 ? [{ values: [] }] : parts;
}
