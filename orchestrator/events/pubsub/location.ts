/** Which topics a location means. */
import { TidemillError } from '@tidemill/kit';

export interface Topics {
  readonly project: string;
  readonly prefix: string;
  /** Whose endpoint is asked: what is published there under one ordering key stays in order. Undefined: the nearest one's. */
  readonly region: string | undefined;
  /** For people. */
  readonly url: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects */
const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
/** With a kind behind it: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const PREFIX = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{0,199}$/;
const REGION = /^[a-z]+(-[a-z]+)+\d+$/;

const DEFAULT_PREFIX = 'tidemill';

/** `pubsub://PROJECT[/PREFIX][?region=REGION]`, or `pubsub`. Throws kind `config`. */
export function topicsOf(location: string, env: Env): Topics {
  const [, named, path = '', query = ''] = /^[a-z]+(?::\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?)?$/i.exec(location) ?? [];
  const project = named ?? env['GOOGLE_CLOUD_PROJECT'] ?? '';
  if (project === '') throw notALocation('it names no project, and GOOGLE_CLOUD_PROJECT is not set');
  if (!PROJECT.test(project)) throw notALocation('its project is none');
  const prefix = path.replace(/\/$/, '') || env['PUBSUB_TOPIC_PREFIX'] || DEFAULT_PREFIX;
  if (!PREFIX.test(prefix)) throw notALocation('no topic can begin like that');
  const options = new URLSearchParams(query);
  const [odd] = [...options.keys()].filter((name) => name !== 'region');
  if (odd !== undefined) throw notALocation('it has an option that is not region');
  const region = options.get('region') ?? undefined;
  if (region !== undefined && !REGION.test(region)) throw notALocation('its region is none');
  return { project, prefix, region, url: `pubsub://${project}/${prefix}` };
}

const notALocation = (what: string): TidemillError =>
  new TidemillError('config', 'pubsub-location', `The topics of events cannot be told from their location: ${what}`, {
    hint: 'Write pubsub://PROJECT/PREFIX, or pubsub with GOOGLE_CLOUD_PROJECT and PUBSUB_TOPIC_PREFIX; after a "?": region=europe-west1.',
  });

export const topicOf = ({ prefix }: Topics, kind: string): string => `${prefix}-${kind}`;
