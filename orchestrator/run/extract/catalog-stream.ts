/** The catalog of a service as one of its data types, so that a job of any service can collect it by a schedule. */
import { type Connector, type Dataset, jsonb, type Stream, sqlTypes, stream, TidemillError, text } from '@tidemill/kit';
import { z } from 'zod';
import { discoverIn, type KeepCatalog } from './datasets.ts';

/** The data type of such a job, of a service whose connector has none of this name. */
export const CATALOG = 'catalog';

const Column = z.looseObject({ name: z.string(), type: z.enum(sqlTypes) });

const Record = z.object({
  name: z.string(),
  description: z.string().optional(),
  columns: z.array(Column).optional(),
  key: z.array(z.string()).optional(),
  capabilities: z.array(z.string()),
  cdm_model_id: z.string().optional(),
}) satisfies z.ZodType<Dataset | z.output<z.ZodType>>;

const Row = z.object({
  name: text().describe('The data type of a job that reads it.'),
  description: text().nullable().describe('What it is.'),
  columns: jsonb().nullable().describe('Its columns: name, type, description.'),
  key: jsonb().nullable().describe('Names of the columns that identify a row.'),
  capabilities: jsonb().describe('`incremental`, `full`, `preview`, `filter`.'),
  cdm_model_id: text().nullable().describe('The model of its records.'),
});

/** Without `keep`, only what was read before is loaded. */
export const catalogStream = (connector: Connector, keep?: KeepCatalog): Stream =>
  stream({
    name: CATALOG,
    description: 'Data sets of the service, as it names them itself.',
    source: Record,
    row: Row,
    key: ['name'],
    write: 'upsert',
    scope: 'everything',
    // What breaks off throws, and what leaves out most is refused before it is kept.
    end: 'one-answer',
    method: 'api_json',
    async *extract(context) {
      if (keep === undefined) throw new TidemillError('bug', 'catalog-not-kept', 'Nobody keeps what is collected');
      const keepFound = await keep(connector.service);
      const records = await keepFound(await discoverIn(connector, context));
      // Where it was asked; one without a base URL has said it by itself.
      yield { records, url: connector.baseUrl === undefined ? connector.homepage : context.http.resolve('').href };
    },
    toRow: ({ name, description, columns, key, capabilities, cdm_model_id }) => ({
      name,
      description: description ?? null,
      columns: columns ?? null,
      key: key ?? null,
      capabilities,
      cdm_model_id: cdm_model_id ?? null,
    }),
  }) as unknown as Stream;
