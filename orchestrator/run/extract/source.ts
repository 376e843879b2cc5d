/** What a job reads from: a connector's stream, or the job's own command. */
import type {
  Connector,
  Credential,
  Emission,
  ExtractContext,
  Http,
  KeepTokens,
  RequestFacts,
  ShutOut,
  Stream,
  Tokens,
} from '@tidemill/kit';
import { TidemillError, tokensOf } from '@tidemill/kit';
import { neededBy, readCredentials, secretsIn } from '@tidemill/kit/credentials';
import type { Clock } from '@tidemill/kit/retry';
import { openServiceHttp, type ServiceHttp } from '@tidemill/kit/service-http';
import type { Job, Service } from '../../config/job.ts';
import { commandStream } from './command-stream.ts';
import { checkOptions, loadConnector } from './connector.ts';
import { type ConnectorPackage, connectorPackageOf, readmeAt } from './connector-package.ts';
import type { KeepCatalog } from './datasets.ts';
import { streamOf } from './job-stream.ts';

/** How to get in to a service. */
export interface Door {
  readonly service: string;
  /** Anybody may read it: its rows may be shown anywhere. */
  readonly isPublic: boolean;
  /** For the manifest: which code read the source. */
  readonly connector: { readonly package: string; readonly version: string };
  /** `base_url` of the configuration, or the connector's own. */
  readonly baseUrl: string | undefined;
  /** How the connector speaks HTTP. */
  readonly http: ServiceHttp;
  /** How many refusals the service bears. */
  readonly shutOut?: ShutOut | undefined;
  /** Environment variables the source reads. */
  readonly credentials: readonly Credential[];
  /** How it gets its access tokens; undefined when it needs none. */
  readonly tokens?: Tokens | undefined;
  /** `auth_url` of the configuration. */
  readonly authUrl?: string | undefined;
  /** The connector's package, whose README says how to get the credentials. */
  readonly manifest?: ConnectorPackage | undefined;
}

export interface Source extends Door {
  readonly stream: Stream;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SourceRequest {
  readonly job: Job;
  readonly service: Service;
  readonly slot: string;
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For a job that reads the catalog of its service. */
  readonly keepCatalog?: KeepCatalog | undefined;
}

/** Resolves the source of a job and checks its options. Throws TidemillErrors of kind `config`. */
export async function sourceOf({ job, service, slot, environment, env, keepCatalog }: SourceRequest): Promise<Source> {
  if (job.command !== undefined) {
    const { setup } = service;
    const stream = commandStream(job, { job, command: job.command, setup, slot, environment, env });
    const credentials = job.dependencies.map((name) => ({ name, description: '' }));
    const connector = { package: 'command', version: '' };
    const own = { service: job.service, stream, connector, credentials };
    return { ...own, isPublic: false, baseUrl: undefined, http: {}, options: {} };
  }
  const connector = await loadConnector(service);
  const stream = streamOf(connector, job, keepCatalog);
  const options = checkOptions(stream, job.id, job.options);
  return { ...(await doorOf(service, connector)), stream, options };
}

export async function doorOf(service: Service, connector: Connector): Promise<Door> {
  const manifest = await connectorPackageOf(service);
  return {
    service: service.name,
    // What lies elsewhere may be another's.
    isPublic: connector.isPublic === true && service.base_url === undefined,
    connector: { package: service.package, version: manifest?.version ?? '' },
    baseUrl: service.base_url ?? connector.baseUrl,
    http: connector,
    shutOut: connector.shutOut,
    credentials: connector.credentials,
    tokens: tokensOf(connector),
    authUrl: service.auth_url,
    manifest,
  };
}

export interface ExtractRequest
  extends Pick<
    ExtractContext<unknown, unknown>,
    'cursor' | 'resume' | 'interval' | 'mode' | 'now' | 'until' | 'signal' | 'system' | 'openBucket' | 'notice' | 'said'
  > {
  readonly clock: Clock;
  readonly random: () => number;
  readonly keepTokens: KeepTokens;
  /** Told of every request the source is sent through `http`. */
  readonly onRequest?: (request: RequestFacts) => void;
  /** Asked before each of them: rejects where none may be sent now. */
  readonly admit?: () => Promise<void>;
}

/** What the code of a connector is given, for as long as it is needed. Throws kind `auth` for what is not set. */
interface Opened {
  readonly given: Pick<ExtractContext<unknown, unknown>, 'http' | 'credentials' | 'accessToken'>;
  close(): Promise<void>;
}

export type OpenRequest = Pick<
  ExtractRequest,
  'signal' | 'system' | 'clock' | 'random' | 'keepTokens' | 'onRequest' | 'admit'
>;

/** Nothing is asked of the source yet. */
export function openSource(
  source: Source,
  request: OpenRequest,
): Opened & { readonly given: Pick<ExtractContext<unknown, Record<string, unknown>>, 'options'> } {
  const { given, close } = openDoor(source, request);
  return { given: { ...given, options: source.options }, close };
}

/** The same, where no stream is read. */
export function openDoor(door: Door, request: OpenRequest): Opened {
  const { service, tokens, authUrl, baseUrl } = door;
  const credentials = requireCredentials(door, request.system);
  const secrets = secretsIn(door.credentials, credentials);
  const accessToken =
    tokens === undefined ? undefined : request.keepTokens({ service, tokens, credentials, secrets, authUrl, baseUrl });
  const http =
    baseUrl === undefined
      ? noHttp(door.connector.package)
      : openServiceHttp(door.http, { baseUrl, credentials, secrets, accessToken }, request);
  return { given: { http, credentials, accessToken: accessToken ?? noTokens }, close: () => http.close() };
}

/** Reads the source: nothing is asked of it before the first item is asked for. */
export async function* extract(source: Source, request: ExtractRequest): AsyncIterable<Emission<unknown>> {
  const { clock: _, random: __, keepTokens: ___, onRequest: ____, admit: _____, ...context } = request;
  const { given, close } = openSource(source, request);
  try {
    yield* source.stream.extract({ ...context, ...given });
  } finally {
    await close();
  }
}

function noHttp(packageName: string): Http & { close(): Promise<void> } {
  const refuse = (): never => {
    throw new TidemillError('bug', 'no-base-url', `${packageName} declares no baseUrl and asks for HTTP`);
  };
  return { json: refuse, bytes: refuse, resolve: refuse, spent: () => 0, close: async () => undefined };
}

async function noTokens(): Promise<never> {
  throw new TidemillError('bug', 'no-access-tokens', 'The connector asks for an access token and declares none');
}

/** Everything that is missing is said at once: who sets one variable should not learn of the next by another run. */
function requireCredentials(source: Door, system: ExtractRequest['system']): Record<string, string> {
  const { credentials, tokens, manifest } = source;
  const needed = neededBy({ credentials, rotation: tokens?.rotation ?? 'never' });
  const missing = needed.filter((name) => (system.env[name] ?? '') === '');
  if (missing.length === 0) return readCredentials(credentials, system.env).values;
  const help = manifest === undefined ? '' : `; how to get them: ${readmeAt(manifest, system)}`;
  throw new TidemillError('auth', 'credentials-missing', `Missing in the environment: ${missing.join(', ')}`, {
    hint: `Set them as secrets of the GitHub environment, or export them in this shell${help}`,
  });
}
