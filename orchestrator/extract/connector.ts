/** Finds a connector by its service's name. There is no list of connectors anywhere in the core. */
import { type Connector, type Stream, TidemillError } from '@tidemill/kit';
import type { Service } from '../config/job.ts';

/** Throws a TidemillError `connector-missing` or `connector-invalid`. */
export async function loadConnector(service: Service): Promise<Connector> {
  const module = await importPackage(service);
  const connector = (module as { default?: Connector }).default;
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

/** The stream of a data type. Throws a TidemillError `data-type-unknown` that names the ones there are. */
export function streamOf(connector: Connector, dataType: string): Stream {
  const stream = connector.streams.find(({ name }) => name === dataType);
  if (stream !== undefined) return stream as Stream;
  const names = connector.streams.map(({ name }) => name).join(', ');
  throw new TidemillError('config', 'data-type-unknown', `${connector.service} has no data type ${dataType}`, {
    hint: `It has: ${names}.`,
  });
}

/** The job's options, checked and with their defaults. Throws a TidemillError `options-invalid`. */
export function checkOptions(stream: Stream, job: string, options: unknown): Readonly<Record<string, unknown>> {
  if (stream.options === undefined) {
    if (Object.keys(options as object).length === 0) return {};
    throw new TidemillError('config', 'options-invalid', `${job}: ${stream.name} takes no options`);
  }
  const parsed = stream.options.strict().safeParse(options);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`);
  throw new TidemillError('config', 'options-invalid', `${job}: ${issues.join('; ')}`, {
    hint: `${stream.name} takes: ${Object.keys(stream.options.shape).join(', ')}.`,
  });
}
