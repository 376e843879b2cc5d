import { columnsOf, type Stream } from '@tidemill/kit';
import type { Table } from '../../warehouse/contract.ts';

/** The silver table a stream declares: `<service>.<data_type>`. */
export function tableOf(service: string, stream: Stream): Table {
  return {
    schema: service,
    name: stream.name,
    description: stream.description,
    columns: columnsOf(stream.row),
    key: stream.key,
    indexes: stream.indexes ?? [],
    write: stream.write,
  };
}
