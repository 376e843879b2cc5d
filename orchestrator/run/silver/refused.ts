/**
 * Rows that a warehouse refuses although they fit their table: no check of a row is perfect. The package is halved until their
 * records are found, so that the others are loaded.
 */
import { TidemillError } from '@tidemill/kit';
import type { Load, PackageRows, StagedRow, Warehouse } from '../../warehouse/contract.ts';
import { isIn, refusedIn, type Span } from './halving.ts';
import type { Mapped } from './map.ts';
import type { SourceRecord } from './record.ts';

/** The rows of a record, each leading back to it. */
export function stagedRows(
  { rows, gone }: Exclude<Mapped, { readonly reject: unknown }>,
  record: SourceRecord,
): StagedRow[] {
  const place = { bronzeObjectPath: record.object, bronzeLine: record.line, sourceUrl: record.url };
  const staged: StagedRow[] = rows.map((values) => ({ values, ...place }));
  return gone === undefined ? staged : [...staged, { values: gone, ...place, isDeletion: true }];
}

export interface Halved {
  readonly warehouse: Warehouse;
  readonly load: Pick<Load, 'job' | 'table' | 'now'> & { readonly packageId: string };
  /** All of the package, each time anew. */
  readonly records: () => AsyncIterable<readonly SourceRecord[]>;
  readonly map: (text: SourceRecord['text']) => Mapped;
}

/** Rows that are refused only together with others may show up one after the other. */
const MOST_ROUNDS = 3;

/**
 * Loads the package without the records that the warehouse refuses: `load` is told them, counted from 0 in their order. Throws
 * the refusal where no record is to blame for it.
 */
export async function aroundRefused<T>(halved: Halved, load: (refused: readonly Span[]) => Promise<T>): Promise<T> {
  let refused: readonly Span[] = [];
  for (let rounds = MOST_ROUNDS; ; rounds -= 1) {
    try {
      return await load(refused);
    } catch (error) {
      if (!isRefusal(error) || rounds === 0) throw error;
      const found = await refusedRecords(halved, refused);
      if (found.length === 0) throw error;
      refused = [...refused, ...found];
    }
  }
}

/** As the contract of a warehouse has it: it did not take a value, and nothing was changed. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof TidemillError && error.code === 'warehouse-value';

/**
 * What it refuses beside what is known. None when it refuses the package without any record, too, or takes each half of it: then
 * no record is to blame.
 */
async function refusedRecords(halved: Halved, known: readonly Span[]): Promise<readonly Span[]> {
  const isAccepted = (span: Span): Promise<boolean> => accepts(halved, span, known);
  if (!(await isAccepted({ first: 0, end: 0 }))) return [];
  let end = 0;
  for await (const batch of halved.records()) end += batch.length;
  return refusedIn({ first: 0, end }, isAccepted);
}

/** Thrown when everything was taken and before anything is visible, so that nothing is changed. */
const ACCEPTED = new Error('accepted');

async function accepts(
  { warehouse, load: { packageId: id, ...load }, ...source }: Halved,
  span: Span,
  known: readonly Span[],
): Promise<boolean> {
  const beforeCommit = (): void => {
    throw ACCEPTED;
  };
  // Of changes: nothing is deleted for not being named, and nobody is asked.
  const changes: Pick<Load, 'scope' | 'unnamed'> = { scope: 'changes', unnamed: () => 'leave' };
  try {
    await warehouse.apply({ ...load, ...changes, packages: [{ id, rows: rowsOf(source, span, known) }], beforeCommit });
    return true;
  } catch (error) {
    if (error === ACCEPTED) return true;
    if (isRefusal(error)) return false;
    throw error;
  }
}

async function* rowsOf(
  { records, map }: Pick<Halved, 'records' | 'map'>,
  span: Span,
  known: readonly Span[],
): PackageRows['rows'] {
  let index = 0;
  for await (const batch of records()) {
    const rows: StagedRow[] = [];
    for (const record of batch) {
      if (isIn([span], index) && !isIn(known, index)) {
        const mapped = map(record.text);
        if (!('reject' in mapped)) rows.push(...stagedRows(mapped, record));
      }
      index += 1;
    }
    if (rows.length > 0) yield { rows, rejected: 0 };
    if (index >= span.end) return;
  }
}
