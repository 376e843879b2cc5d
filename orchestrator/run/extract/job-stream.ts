/** What a job with a connector reads. Apart from how that is found: who only plans need not load it. */
import { type Connector, type OpenStream, openOf, type Stream, TidemillError } from '@tidemill/kit';
import type { Job } from '../../config/job.ts';
import { CATALOG, catalogStream } from './catalog-stream.ts';
import { checkedBy } from './connector.ts';
import type { KeepCatalog } from './datasets.ts';
import { tableOfJob } from './job-table.ts';

/**
 * The stream of a job: the connector's of that data type, or what an open one makes of the job; `keep` is for one that reads the
 * catalog. Throws a TidemillError `data-type-unknown` that names the ones there are, `table-declared` for a job that says again what
 * the connector declares, and `options-invalid`, where an open one cannot make it.
 */
export function streamOf(connector: Connector, job: Job, keep?: KeepCatalog): Stream {
  const open = openOf(connector);
  if (open !== undefined) return openedBy(open, job);
  const stream = declaredStream(connector, job.data_type, keep);
  // Without a key it can say nothing else that would change anything.
  if (job.columns === undefined && job.primary_key.length === 0) return stream;
  throw new TidemillError('config', 'table-declared', `${job.id} says what ${connector.service} declares: its table`, {
    hint: 'Take columns, primary_key, write and scope out of the job.',
  });
}

/** The stream that a connector declares of a data type, or that of its catalog. Throws a TidemillError `data-type-unknown`. */
export function declaredStream(connector: Connector, dataType: string, keep?: KeepCatalog): Stream {
  const stream = connector.streams.find(({ name }) => name === dataType);
  if (stream !== undefined) return stream as Stream;
  if (dataType === CATALOG) return catalogStream(connector, keep);
  const names = connector.streams.map(({ name }) => name).join(', ');
  throw new TidemillError('config', 'data-type-unknown', `${connector.service} has no data type ${dataType}`, {
    hint: `It has: ${names}.`,
  });
}

function openedBy(open: OpenStream, job: Job): Stream {
  const { data_type: name, columns, primary_key: key, write, scope } = job;
  const options = checkedBy(open.options, job.id, job.options, `${name} takes`);
  const { faultOf, ...reading } = open.readingOf({ name, options, columns, key, write, scope });
  return { ...tableOfJob(job, faultOf), ...reading, options: open.options };
}
