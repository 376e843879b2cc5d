/** Finds a connector by its service's name, or its package. There is no list of connectors anywhere in the core. */
import { type Connector, type ConnectorTemplate, isTemplate, type Stream, TidemillError } from '@tidemill/kit';
import { defaultExport } from '@tidemill/kit/default-export';
import { z } from 'zod';
import type { Service } from '../../config/job.ts';

type Known = Pick<Service, 'name' | 'package' | 'options'>;

/** What the package exports: a connector, or a template of connectors. Throws a TidemillError `connector-missing`. */
export const exportOf = async (service: Known): Promise<unknown> => defaultExport(await importPackage(service));

/** Throws a TidemillError `connector-missing`, `connector-invalid` or `options-invalid`. */
export async function loadConnector(service: Known): Promise<Connector> {
  const exported = await exportOf(service);
  const connector = (isTemplate(exported) ? made(exported, service) : exported) as Connector | undefined;
  if (!isTemplate(exported) && service.options !== undefined) {
    throw optionsRefused(`services.${service.name}`, ['options: unknown option'], `${service.package} takes`, 'none');
  }
  if (connector?.service === service.name && Array.isArray(connector.streams)) return connector;
  throw new TidemillError('config', 'connector-invalid', `${service.package} is not the connector of ${service.name}`, {
    hint: `Its default export must be connector({ service: '${service.name}', … }).`,
  });
}

function made(template: ConnectorTemplate, { name, options = {} }: Known): Connector {
  const checked = checkedBy(template.options, `services.${name}`, options, 'A service of this package takes');
  return template.connectorOf({ name, options: checked });
}

async function importPackage(service: Known): Promise<unknown> {
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

/** What the options of a job are checked against: an unknown one is a fault. */
export const optionsOf = ({ options }: { readonly options?: z.ZodObject | undefined }) =>
  (options ?? z.object({})).strict();

/** The job's options, checked and with their defaults. Throws a TidemillError `options-invalid`. */
export const checkOptions = (stream: Stream, job: string, options: unknown): Readonly<Record<string, unknown>> =>
  checkedBy(stream.options, job, options, `${stream.name} takes`);

/** What was written, checked and with defaults. `takes` begins the hint. Throws a TidemillError `options-invalid`. */
export function checkedBy(
  options: z.ZodObject | undefined,
  whose: string,
  written: unknown,
  takes: string,
): Readonly<Record<string, unknown>> {
  const schema = optionsOf({ options });
  const parsed = schema.safeParse(written);
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.flatMap((issue) => {
    const at = ['options', ...issue.path].join('.');
    if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`];
    return issue.keys.map((key) => `${at}.${key}: unknown option`);
  });
  throw optionsRefused(whose, words, takes, Object.keys(schema.shape).join(', ') || 'none');
}

const optionsRefused = (whose: string, words: readonly string[], takes: string, known: string): TidemillError =>
  new TidemillError('config', 'options-invalid', `${whose} has options that do not fit: ${words.join('; ')}`, {
    hint: `${takes}: ${known}.`,
  });
