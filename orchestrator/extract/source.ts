/** What a job reads from: a connector's stream, or the job's own command. */
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import type { Connector, Emission, ExtractContext, Stream } from '@tidemill/kit';
import { TidemillError } from '@tidemill/kit';
import { createHttp } from '@tidemill/kit/http';
import type { Clock } from '@tidemill/kit/retry';
import type { Job, Service } from '../config/job.ts';
import { commandStream } from './command-stream.ts';
import { checkOptions, loadConnector, streamOf } from './connector.ts';

export interface Source {
  readonly stream: Stream;
  /** For the manifest: which code read the source. */
  readonly connector: { readonly package: string; readonly version: string };
  /** `base_url` of the configuration, or the connector's own. */
  readonly baseUrl: string | undefined;
  /** How the connector speaks HTTP. */
  readonly http: Pick<Connector, 'authorize' | 'classify' | 'limits'>;
  readonly options: Readonly<Record<string, unknown>>;
  /** Environment variables the source reads. */
  readonly credentials: readonly string[];
}

export interface SourceRequest {
  readonly job: Job;
  readonly service: Service;
  readonly slot: string;
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Resolves the source of a job and checks its options. Throws TidemillErrors of kind `config`. */
export async function sourceOf({ job, service, slot, environment, env }: SourceRequest): Promise<Source> {
  if (job.command !== undefined) {
    const stream = commandStream(job, { job, command: job.command, slot, environment, env });
    const credentials = job.dependencies;
    const connector = { package: 'command', version: '' };
    return { stream, connector, baseUrl: undefined, http: {}, options: {}, credentials };
  }
  const connector = await loadConnector(service);
  const stream = streamOf(connector, job.data_type);
  const options = checkOptions(stream, job.id, job.options);
  const credentials = connector.credentials.map(({ name }) => name);
  const version = await versionOf(service.package);
  return {
    stream,
    connector: { package: service.package, version },
    baseUrl: service.base_url ?? connector.baseUrl,
    http: connector,
    options,
    credentials,
  };
}

export interface ExtractRequest
  extends Pick<ExtractContext<unknown, unknown>, 'cursor' | 'interval' | 'now' | 'signal' | 'system' | 'notice'> {
  readonly clock: Clock;
  readonly random: () => number;
}

/** Reads the source: nothing is asked of it before the first item is asked for. */
export async function* extract(source: Source, request: ExtractRequest): AsyncIterable<Emission<unknown>> {
  const { stream, options } = source;
  const { clock, random, ...context } = request;
  const credentials = readCredentials(source, request.system.env);
  const http = openHttp(source, credentials, request);
  try {
    yield* stream.extract({ ...context, http, options, credentials });
  } finally {
    await http.close();
  }
}

function openHttp(source: Source, credentials: Readonly<Record<string, string>>, request: ExtractRequest) {
  const { baseUrl, connector, http } = source;
  if (baseUrl !== undefined) {
    const { clock, random, signal } = request;
    const { authorize, classify, limits = [] } = http;
    return createHttp({
      baseUrl,
      secrets: Object.values(credentials),
      clock,
      random,
      signal,
      classify,
      limits,
      ...(authorize === undefined ? {} : { authorize: async () => authorize(credentials) }),
    });
  }
  const refuse = (): never => {
    throw new TidemillError('bug', 'no-base-url', `${connector.package} declares no baseUrl and asks for HTTP`);
  };
  return { json: refuse, bytes: refuse, resolve: refuse, close: async () => undefined };
}

function readCredentials({ credentials }: Source, env: SourceRequest['env']): Record<string, string> {
  const missing = credentials.filter((name) => (env[name] ?? '') === '');
  if (missing.length === 0) return Object.fromEntries(credentials.map((name) => [name, env[name] ?? '']));
  throw new TidemillError('auth', 'credentials-missing', `Missing in the environment: ${missing.join(', ')}`, {
    hint: 'Set them as secrets of the GitHub environment, or export them in this shell.',
  });
}

async function versionOf(packageName: string): Promise<string> {
  const file = findPackageJSON(packageName, import.meta.url);
  if (file === undefined) return '';
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version?: string };
  return version ?? '';
}
