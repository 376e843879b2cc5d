/** Where run events go: a collector, or the bucket. */
import { TidemillError } from '@tidemill/kit';

type Env = Readonly<Record<string, string | undefined>>;

export interface Collector {
  readonly origin: string;
  /** Path and query, which may hold a key. */
  readonly path: string;
  readonly key: string | undefined;
  /** For people. */
  readonly shown: string;
}

/** Where clients of OpenLineage send, unless they are told otherwise. */
const ENDPOINT = 'api/v1/lineage';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * `openlineage+https://HOST[/PATH]`, or `openlineage-url` for what OPENLINEAGE_URL and OPENLINEAGE_ENDPOINT say; `openlineage` is the
 * bucket. Throws kind `config`; the address is never shown.
 */
export function collectorAt(location: string, env: Env): Collector | 'bucket' {
  if (location === 'openlineage') return 'bucket';
  const isNamed = location === 'openlineage-url';
  const written = isNamed ? env['OPENLINEAGE_URL']?.trim() : location.replace(/^openlineage\+/i, '');
  if (written === undefined || written === '') throw notALocation('OPENLINEAGE_URL is not set');
  const url = URL.parse(written);
  if (url === null || !/^https?:$/.test(url.protocol)) throw notALocation('it is no address of https');
  if (`${url.username}${url.password}` !== '') throw notALocation('it has a user or a password in it');
  if (url.hash !== '') throw notALocation('it ends with a #');
  const key = env['OPENLINEAGE_API_KEY']?.trim() || undefined;
  if (key !== undefined && url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw notALocation('OPENLINEAGE_API_KEY is set, and only https:// keeps it on the way');
  }
  const base = url.pathname.replace(/\/+$/, '');
  const endpoint = isNamed ? env['OPENLINEAGE_ENDPOINT']?.trim() || ENDPOINT : ENDPOINT;
  const path = isNamed || base === '' ? `${base}/${endpoint.replace(/^\/+/, '')}` : url.pathname;
  return { origin: url.origin, path: `${path}${url.search}`, key, shown: `openlineage+${url.origin}` };
}

const notALocation = (what: string): TidemillError =>
  new TidemillError('config', 'lineage-location', `The collector of OpenLineage events cannot be used: ${what}`, {
    hint: 'Write openlineage+https://HOST, or openlineage-url with OPENLINEAGE_URL; or openlineage, for objects in the bucket.',
  });
