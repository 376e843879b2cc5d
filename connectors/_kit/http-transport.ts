/**
 * One exchange over the wire. This is the only module that knows undici, and `http.ts` imports it with the first
 * request: it costs some 80 ms that a connector without requests never pays.
 */
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { TidemillError } from './errors.ts';
import { ENDS_EARLY } from './whole-file.ts';

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Instead of that of all requests. */
  readonly headersMs: number | undefined;
  /** `GET https://…` for messages, redacted. */
  readonly label: string;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded. Must be read, or left early; errors are TidemillErrors. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  send(wire: WireRequest): Promise<WireResponse>;
  /** Ends every connection at once, also those whose body nobody has read. */
  close(): Promise<void>;
}

/** Milliseconds without progress after which an exchange is given up. */
export interface IdleTimeouts {
  readonly connectMs: number;
  /** From the request until the answer's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly bodyMs: number;
}

/** Opens a connection pool; HTTP/1.1 only, since a connector asks for one thing after the other. */
export function openTransport({ connectMs, headersMs, bodyMs }: IdleTimeouts): Transport {
  const agent = new Agent({
    connectTimeout: connectMs,
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    allowH2: false,
  });
  return {
    async send({ method, url, headers, body, signal, headersMs, label }) {
      const address = { origin: url.origin, path: `${url.pathname}${url.search}` };
      const options = { ...address, method: method as Dispatcher.HttpMethod, headers, body: body ?? null, signal };
      const patience = headersMs === undefined ? {} : { headersTimeout: headersMs };
      const answer = await agent.request({ ...options, ...patience }).catch((error: unknown) => {
        throw transportError(error, label, signal);
      });
      const flat = Object.entries(answer.headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]);
      const joined = Object.fromEntries(flat) as Record<string, string>;
      const encoding = isEmpty(answer.statusCode, joined) ? 'identity' : (joined['content-encoding'] ?? 'identity');
      return { status: answer.statusCode, headers: joined, body: decode(answer.body, encoding, label, signal) };
    },
    close: () => agent.destroy(),
  };
}

/** Whether an answer has no body: then there is no gzip either, whatever its headers say. */
function isEmpty(status: number, headers: Readonly<Record<string, string>>): boolean {
  return status === 204 || status === 304 || headers['content-length'] === '0';
}

/** What we know how to read: plain, or gzip, which is all we ask for. */
async function* decode(
  body: Readable,
  encoding: string,
  label: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    switch (encoding.toLowerCase()) {
      case 'identity':
        yield* body;
        return;
      case 'gzip':
      case 'x-gzip':
        // The callback is empty because an error reaches the reader through the stream itself.
        yield* pipeline(body, createGunzip(), () => {});
        return;
      default:
        // Thrown while reading, so that the connection is given up with the body.
        for await (const _ of body) throw protocolError(label, `the encoding ${encoding}`);
    }
  } catch (error) {
    throw transportError(error, label, signal);
  }
}

/** Failures of the network that often go away by themselves. Whatever is not listed is not tried again. */
const PASSING: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  // A body that is packed, and ends too early.
  ENDS_EARLY,
]);

const TIMEOUT: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Node's codes for a connection that is not trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const NOT_TRUSTED = /CERT|^ERR_TLS|^ERR_SSL|UNABLE_TO|CRL|^EPROTO$/;

function transportError(error: unknown, label: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof TidemillError) return error;
  const code = String((error as { code?: unknown } | undefined)?.code ?? 'unknown');
  const cause = { cause: error };
  if (PASSING.has(code)) return new TidemillError('transient', 'http-connection', `${label} failed: ${code}`, cause);
  if (TIMEOUT.has(code)) return new TidemillError('transient', 'http-timeout', `${label} timed out: ${code}`, cause);
  if (code === 'ENOTFOUND') {
    const hint = 'Check base_url of the service and the network of this machine.';
    return new TidemillError('config', 'http-unknown-host', `${label} failed: no such host`, { hint, ...cause });
  }
  if (NOT_TRUSTED.test(code)) {
    const hint = 'Check base_url, the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).';
    return new TidemillError('config', 'http-not-trusted', `${label} failed: ${code}`, { hint, ...cause });
  }
  return protocolError(label, code, cause);
}

function protocolError(label: string, what: string, cause: { cause?: unknown } = {}): TidemillError {
  return new TidemillError('source-changed', 'http-protocol', `${label} answered what is not understood: ${what}`, {
    hint: 'Look at the answer by hand: the source does not speak HTTP as the connector expects it.',
    ...cause,
  });
}
