/** How the server is to be: by the options of the command, else by the environment. */
import { isIP } from 'node:net';
import { TidemillError } from '@tidemill/kit';
import { type Host, setting } from '../app/host.ts';

export interface ServeOptions {
  readonly host?: string;
  readonly port?: string;
  readonly schedule?: true;
}

export interface ServeSettings {
  /** The address it listens at. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whoever asks must send it; undefined where only this machine may ask. */
  readonly token: string | undefined;
  /** Whether the schedule runs here. */
  readonly schedule: boolean;
  /** Whether crawls that wait for answers are asked after here. */
  readonly polling: boolean;
  /** Of a download that is asked for over HTTP: how long it may take, if not as long as its job. */
  readonly downloadMinutes: number | undefined;
  /** The most tasks at a time. */
  readonly workers: number;
  /** Between two looks at what is owed. */
  readonly pollMs: number;
}

/** The variable that holds the token. */
export const TOKEN = 'TIDEMILL_SERVE_TOKEN';

/** What somebody could try out is none. */
const SHORTEST_TOKEN = 16;

/** Throws `serve-token`, `port-invalid` and `background-invalid`. */
export function settingsOf(host: Pick<Host, 'env'>, options: ServeOptions): ServeSettings {
  const address = options.host ?? '127.0.0.1';
  const token = setting(host, TOKEN);
  checkToken(address, token);
  const downloadSeconds = numberOf(host, 'BACKGROUND_DOWNLOAD_TIMEOUT', 86_400);
  return {
    host: address,
    port: portOf(options.port ?? setting(host, 'PORT') ?? '8080'),
    token,
    schedule: options.schedule === true,
    polling: isOn(host, 'BACKGROUND_POLLING_ENABLED'),
    downloadMinutes: downloadSeconds === undefined ? undefined : downloadSeconds / 60,
    workers: numberOf(host, 'BACKGROUND_MAX_WORKERS', 100) ?? 10,
    pollMs: (numberOf(host, 'BACKGROUND_POLL_INTERVAL', 3600) ?? 30) * 1000,
  };
}

function checkToken(address: string, token: string | undefined): void {
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw new TidemillError('config', 'serve-token', `${TOKEN} has fewer than ${SHORTEST_TOKEN} characters`, {
      hint: 'Make one that nobody guesses: `openssl rand -hex 32`.',
    });
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new TidemillError(
      'config',
      'serve-token',
      `${TOKEN} has a blank in it, or another character that no header carries`,
      {
        hint: 'Make one of letters and digits: `openssl rand -hex 32`.',
      },
    );
  }
  if (token === undefined && !isLoopback(address)) {
    throw new TidemillError('config', 'serve-token', `At ${address} others could ask, and there is no token`, {
      hint: `Set ${TOKEN}, as made by \`openssl rand -hex 32\`, or leave --host out.`,
    });
  }
}

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
  throw new TidemillError('config', 'port-invalid', `${text} is no port`, { hint: 'Name one from 1 to 65535, or 0.' });
}

/** A whole number from 1 to `most`; undefined where nobody says one. Throws `background-invalid`. */
function numberOf(host: Pick<Host, 'env'>, name: string, most: number): number | undefined {
  const text = setting(host, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= 1 && number <= most) return number;
  throw new TidemillError('config', 'background-invalid', `${name} is no whole number from 1 to ${most}`);
}

/** Where nobody says it, it is. Throws `background-invalid`. */
function isOn(host: Pick<Host, 'env'>, name: string): boolean {
  const text = setting(host, name) ?? 'true';
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw new TidemillError('config', 'background-invalid', `${name} is neither true nor false`);
}
