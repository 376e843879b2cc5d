/** How new the rows of a silver table are. */
import { type Stream, TidemillError } from '@tidemill/kit';
import type { Warehouse } from '../../warehouse/contract.ts';
import { tableOf } from './table.ts';

/** When a row came or last changed: every table has it. */
const INGESTED_AT = 'ingested_at';

/** Throws kind `config` unless the column, `ingested_at` if not given, is one of the table that holds dates or instants. */
export function checkTimeColumn(stream: Stream, job: string, column = INGESTED_AT): void {
  if (column === INGESTED_AT) return;
  const times = tableOf('', stream).columns.filter(({ type }) => type === 'timestamptz' || type === 'date');
  if (times.some(({ name }) => name === column)) return;
  const names = [...times.map(({ name }) => name), INGESTED_AT].join(', ');
  throw new TidemillError('config', 'fresh-by-unknown', `${job}: expect.fresh_by names ${column}, which is no time`, {
    hint: `${stream.name} can be judged by: ${names}.`,
  });
}

/** The newest value of the column; undefined when no row has one. A day counts from its beginning, UTC. */
export function newestOf(
  warehouse: Warehouse,
  service: string,
  stream: Stream,
  column = INGESTED_AT,
): Promise<Date | undefined> {
  return warehouse.newest({ schema: service, name: stream.name }, column);
}
