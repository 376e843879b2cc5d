/** Which hosts a browser may reach: those that a connector declares, and no other. */
import { TidemillError } from '@tidemill/kit';

const LABEL = '[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?';
const HOST = new RegExp(`^(?:\\[[0-9a-f:.]+\\]|(?:\\*\\.(?=.*\\.))?${LABEL}(?:\\.${LABEL})*)$`);

export interface HostRules {
  /** Whether a request to the address may be sent. What never leaves the browser (`data:`, `blob:`) may. */
  allows(url: string): boolean;
  /** Whether cookies of the domain may be sent somewhere. */
  covers(domain: string): boolean;
  /**
   * The same for Chromium itself, below all that a page can do: any other name or address is not found.
   * https://www.chromium.org/developers/design-documents/network-stack/socks-proxy/
   */
  readonly resolverRules: string;
}

/**
 * The host of the service, and the declared ones: `cdn.example`, or `*.shop.example` for all below. Of a service with HTTPS nothing is
 * sent in plain text. Throws kind `bug` for what is no name of a host.
 */
export function hostRules(base: URL, declared: readonly string[]): HostRules {
  const wrong = declared.find((host) => !HOST.test(host));
  if (wrong !== undefined) {
    throw new TidemillError('bug', 'browser-hosts', `"${wrong}" is not the name of a host, in lower case`, {
      hint: 'Declare hosts as `cdn.example`, or `*.shop.example` for all below: no scheme, no port, no path.',
    });
  }
  const hosts = [...new Set([base.hostname, ...declared])];
  const covers = (name: string): boolean => hosts.some((host) => isOf(host, name));
  const plain = base.protocol === 'http:';
  return {
    covers: (domain) =>
      covers(domain.replace(/^\./, '')) || hosts.some((host) => host.endsWith(`.${domain.replace(/^\./, '')}`)),
    allows: (url) => {
      const target = URL.parse(url);
      switch (target?.protocol) {
        case 'about:':
        case 'blob:':
        case 'data:':
          return true;
        case 'http:':
        case 'ws:':
          return plain && covers(target.hostname);
        case 'https:':
        case 'wss:':
          return covers(target.hostname);
        default:
          return false;
      }
    },
    resolverRules: ['MAP * ~NOTFOUND', ...hosts.map((host) => `EXCLUDE ${host}`)].join(' , '),
  };
}

const isOf = (host: string, name: string): boolean =>
  host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host;
