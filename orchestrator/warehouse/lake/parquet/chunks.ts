/** Which bytes of a Parquet file hold which columns. Pure. */

/** Bytes of a file, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The part of a column that one group of rows holds. */
export interface Chunk extends Span {
  /** The id of the column's field. */
  readonly field: number;
  readonly group: number;
  /** The least and the greatest value, as DuckDB prints them; undefined where the file does not tell. */
  readonly least: string | undefined;
  readonly greatest: string | undefined;
}

/** Which groups of rows are wanted: those of whose chunks of this field that is said. */
export interface Within {
  readonly field: number;
  readonly isWanted: (chunk: Pick<Chunk, 'least' | 'greatest'>) => boolean;
}

/** The chunks of these fields, in the groups that are wanted. */
export function chunksFor(chunks: readonly Chunk[], fields: ReadonlySet<number>, within: Within | undefined): Chunk[] {
  const unwanted = new Set(
    chunks.filter((one) => one.field === within?.field && !within.isWanted(one)).map(({ group }) => group),
  );
  return chunks.filter(({ field, group }) => fields.has(field) && !unwanted.has(group));
}

/** A request costs about as much as this many bytes: what lies between two spans and is shorter is fetched, too. */
const GAP_BYTES = 128 * 1024;

/** The spans as few requests: ordered, none of them next to another. */
export function requestsFor(spans: readonly Span[], gap = GAP_BYTES): Span[] {
  const requests: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = requests.at(-1);
    if (last === undefined || span.from > last.to + gap) requests.push(span);
    else requests[requests.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return requests;
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** `PAR1`, at both ends of a file. */
const MAGIC = Buffer.from('PAR1');
/** Before the magic at the end: how long the footer is. */
const TAIL_BYTES = 8;

/** Where the footer begins; undefined for bytes that are not the end of a Parquet file of that size. */
export function footerStart(tail: Buffer, fileBytes: number): number | undefined {
  if (tail.length < TAIL_BYTES || !tail.subarray(-MAGIC.length).equals(MAGIC)) return undefined;
  const start = fileBytes - TAIL_BYTES - tail.readUInt32LE(tail.length - TAIL_BYTES);
  return start < MAGIC.length ? undefined : start;
}
