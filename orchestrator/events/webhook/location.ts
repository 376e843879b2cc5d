/** Where a webhook is, and as much of it as anybody may read. */
import { TidemillError } from '@tidemill/kit';

export interface Endpoint {
  readonly url: URL;
  /** Scheme and host: whoever knows the rest can write there. */
  readonly shown: string;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Throws kind `config`; the address is never shown. */
export function endpointOf(location: string): Endpoint {
  const url = URL.parse(location);
  if (url === null || !/^https?:$/.test(url.protocol)) throw notALocation('it is no address');
  if (`${url.username}${url.password}` !== '') throw notALocation('it has a user or a password in it');
  if (url.hash !== '') throw notALocation('it ends with a #');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw notALocation('only https:// keeps on the way what events say, but for this machine itself');
  }
  const isWhole = url.pathname === '/' && url.search === '';
  return { url, shown: isWhole ? url.origin : `${url.origin}/…` };
}

const notALocation = (what: string): TidemillError =>
  new TidemillError('config', 'webhook-location', `The address of a webhook cannot be used: ${what}`, {
    hint: 'Write https://HOST/PATH; what proves who sends is the signature.',
  });
