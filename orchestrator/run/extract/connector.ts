/** Finds a connector by its service's name. There is no list of connectors anywhere in the core. */
import { type Connector, type Stream, TidemillError } from '@tidemill/kit';
import { defaultExport } from '@tidemill/kit/default-export';
import { z } from 'zod';
import type { Service } from '../../config/job.ts';
import { CATALOG, catalogStream } from './catalog-stream.ts';
import type { KeepCatalog } from './datasets.ts';

/** Throws a TidemillError `connector-missing` or `connector-invalid`. */
export async function loadConnector(service: Service): Promise<Connector> {
  const connector = defaultExport(await importPackage(service)) as Connector | undefined;
  if (connector?.service === service.name && Array.isArray(connector.streams)) return connector;
  throw new TidemillError('config', 'connector-invalid', `${service.package} is not the connector of ${service.name}`, {
    hint: `Its default export must be connector({ service: '${service.name}', … }).`,
  });
}

async function importPackage(service: Service): Promise<unknown> {
  try {
    return await import(service.package);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    // The connector itself may be there and one of its dependencies not.
    if (!isMissing || !String((cause as Error).message).includes(`'${service.package}'`)) throw cause;
    throw new TidemillError('config', 'connector-missing', `No connector for the service ${service.name}`, {
      hint: `Install the npm package ${service.package}, correct the service's name, or give the job a command.`,
      cause,
    });
  }
}

/** The stream of a data type; `keep` is for one that reads the catalog. Throws a TidemillError `data-type-unknown` that names the ones there are. */
export function streamOf(connector: Connector, dataType: string, keep?: KeepCatalog): Stream {
  const stream = connector.streams.find(({ name }) => name === dataType);
  if (stream !== undefined) return stream as Stream;
  if (dataType === CATALOG) return catalogStream(connector, keep);
  const names = connector.streams.map(({ name }) => name).join(', ');
  throw new TidemillError('config', 'data-type-unknown', `${connector.service} has no data type ${dataType}`, {
    hint: `It has: ${names}.`,
  });
}

/** What the options of a job are checked against: an unknown one is a fault. */
export const optionsOf = ({ options }: Stream) => (options ?? z.object({})).strict();

/** The job's options, checked and with their defaults. Throws a TidemillError `options-invalid`. */
export function checkOptions(stream: Stream, job: string, options: unknown): Readonly<Record<string, unknown>> {
  const schema = optionsOf(stream);
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const words = parsed.error.issues.flatMap((issue) => {
    const at = ['options', ...issue.path].join('.');
    if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`];
    return issue.keys.map((key) => `${at}.${key}: unknown option`);
  });
  throw new TidemillError('config', 'options-invalid', `${job} has options that do not fit: ${words.join('; ')}`, {
    hint: `${stream.name} takes: ${known.join(', ') || 'none'}.`,
  });
}
