/** What the URL of a PostgreSQL warehouse says: where it is, who asks, and how the way there is protected. Pure. */
import { isIPv4 } from 'node:net';
import { TidemillError } from '@tidemill/kit';

/**
 * What a URL may ask of TLS. The words are libpq's (https://www.postgresql.org/docs/current/libpq-ssl.html), without the two that
 * send plain text when nobody looks, `allow` and `prefer`.
 */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];
/** What libpq lets a URL ask of SCRAM; Neon's console asks for `require`. */
const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'];
const PARAMETERS = ['sslmode', 'sslrootcert', 'channel_binding'];

/** `off`: plain text. Otherwise what must be true of the server's certificate. */
export interface Tls {
  readonly verify: 'off' | 'nothing' | 'authority' | 'authority and name';
  /** A file of certificates that vouch for the server's; Node's own if not given. */
  readonly authorities?: string;
}

export interface Address {
  /** For people, without credentials. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: Tls;
}

const DEFAULT_PORT = 5432;

/**
 * Reads a location, `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=…&sslrootcert=FILE&channel_binding=…]`. A password in it goes before
 * the one that is handed in. Throws kind `config`; no error holds the URL, which may have a password.
 */
export function addressOf(location: string, password: string | undefined): Address {
  const parsed = URL.canParse(location) ? new URL(location) : undefined;
  const host = parsed?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  const [user, database, inUrl] = [parsed?.username, parsed?.pathname.slice(1), parsed?.password].map(decoded);
  // What libpq takes for several hosts, or for a socket.
  const isOneHost = host !== '' && !/[,%]/.test(host);
  if (parsed === undefined || !isOneHost || !user || !database || inUrl === undefined || database.includes('/')) {
    throw new TidemillError('config', 'postgres-url', 'The URL of a PostgreSQL warehouse cannot be read', {
      hint: 'Write postgres://USER@HOST:PORT/DATABASE, with one host and no socket; a character that URLs use themselves as % and two digits.',
    });
  }
  const port = parsed.port === '' ? DEFAULT_PORT : Number(parsed.port);
  return {
    url: `postgres://${parsed.host}/${database}`,
    host,
    port,
    database,
    user,
    password: inUrl === '' ? password : inUrl,
    tls: tlsOf(parsed.searchParams, host),
  };
}

function decoded(text = ''): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function tlsOf(parameters: URLSearchParams, host: string): Tls {
  checkNames(parameters);
  const binding = parameters.get('channel_binding') ?? 'prefer';
  if (!CHANNEL_BINDINGS.includes(binding)) {
    throw new TidemillError('config', 'postgres-url', `channel_binding=${binding} is not known`, {
      hint: `Write one of ${CHANNEL_BINDINGS.join(', ')}, or leave it out.`,
    });
  }
  const tls = asked(parameters, host);
  if (binding !== 'require') return tls;
  if (tls.verify === 'off') {
    throw new TidemillError(
      'config',
      'postgres-sslmode',
      'channel_binding=require asks for TLS, and nothing else does',
      {
        hint: 'Write sslmode=verify-full, or leave channel_binding out.',
      },
    );
  }
  // Nobody may stand between. A certificate that is looked at in full says so, too.
  return { ...tls, verify: 'authority and name' };
}

function checkNames(parameters: URLSearchParams): void {
  const unknown = [...new Set(parameters.keys())].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length === 0) return;
  const known = [...parameters].filter(([name]) => PARAMETERS.includes(name));
  const rest = known.length === 0 ? '' : `?${known.map((pair) => pair.join('=')).join('&')}`;
  const names = unknown.map((name) => `"${name}"`).join(', ');
  throw new TidemillError('config', 'postgres-url', `A PostgreSQL warehouse's URL has no parameter ${names}`, {
    hint: `Let the URL end with /DATABASE${rest}: there are ${PARAMETERS.join(', ')}. What a role needs besides is set for it in the database, by ALTER ROLE.`,
  });
}

/** Without a word about it, plain text goes no further than this machine. */
function asked(parameters: URLSearchParams, host: string): Tls {
  const isQuiet = isLoopback(host) && !parameters.has('sslrootcert');
  const mode = parameters.get('sslmode') ?? (isQuiet ? 'disable' : 'verify-full');
  if (!isSslMode(mode)) {
    throw new TidemillError('config', 'postgres-sslmode', `sslmode=${mode} may send plain text, or is not known`, {
      hint: `Write one of ${SSL_MODES.join(', ')}; without sslmode it is verify-full, and on this machine disable.`,
    });
  }
  const file = parameters.get('sslrootcert') ?? 'system';
  const verify = VERIFIED[mode];
  if (file === 'system') return { verify };
  if (verify === 'off') {
    throw new TidemillError('config', 'postgres-sslmode', 'sslrootcert asks for TLS, and sslmode for plain text', {
      hint: 'Write sslmode=verify-full, or leave sslrootcert out.',
    });
  }
  // As libpq has it: who names authorities wants them to be asked.
  return { verify: verify === 'nothing' ? 'authority' : verify, authorities: file };
}

const VERIFIED: Readonly<Record<SslMode, Tls['verify']>> = {
  disable: 'off',
  require: 'nothing',
  'verify-ca': 'authority',
  'verify-full': 'authority and name',
};

const isSslMode = (text: string): text is SslMode => (SSL_MODES as readonly string[]).includes(text);

const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
