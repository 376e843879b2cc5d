/** What an answer means: pure functions from status, headers and text to a value or to an error that says who must act. */
import type { z } from 'zod';
import { type ErrorKind, TidemillError } from './errors.ts';
import { withoutMark } from './http-json.ts';

export type Headers = Readonly<Record<string, string>>;

/** An answer as a vendor's hook sees it. */
export interface SourceResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Headers;
  /** The body; of a failure only its first 64 KiB. Decoded when it is looked at: of a large answer that takes time. */
  readonly text: string;
  /** Redacted. */
  readonly url: string;
  /** When the answer came: a vendor that names no wait has windows that start at known times. */
  readonly now: Date;
}

/** An answer with this body, as a vendor's hook is shown it. */
export const sourceResponse = (answer: Omit<SourceResponse, 'text'>, body: Buffer): SourceResponse => ({
  ...answer,
  get text() {
    return withoutMark(body).toString();
  },
});

/** What a connector knows about an answer better than the status does. The message never holds the answer's contents. */
export interface Verdict {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A vendor's hook: undefined leaves the answer to the rules that hold for all. It is asked about every answer that is
 * read as text, 2xx too, since some services say "200" and mean an error.
 */
export type Classify = (response: SourceResponse) => Verdict | undefined;

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

type Meaning = Pick<Verdict, 'kind' | 'code' | 'hint'>;

const UNAVAILABLE: Meaning = { kind: 'transient', code: 'http-unavailable' };

const meanings: Readonly<Record<number, Meaning>> = {
  401: { kind: 'auth', code: 'http-unauthorized', hint: 'Renew the credentials of the service.' },
  403: { kind: 'auth', code: 'http-forbidden', hint: 'Check what the credentials of the service may read.' },
  408: UNAVAILABLE,
  429: { kind: 'quota', code: 'http-rate-limited' },
  500: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
};

const NOT_UNDERSTOOD: Meaning = {
  kind: 'source-changed',
  code: 'http-status',
  hint: "Compare the request with the source's documentation: it was moved, removed or renamed.",
};

/** The rules that hold for all: what a status that is no success means. `label` names the request, redacted. */
export function statusVerdict({ status, headers, now }: SourceResponse, label: string): Verdict {
  return {
    ...(meanings[status] ?? NOT_UNDERSTOOD),
    message: `${label} answered ${status}`,
    retryAfterSeconds: retryAfter(headers['retry-after'], now),
  };
}

/** Seconds to wait from a `Retry-After` header, a number or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header);
  const seconds = (Date.parse(header) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/** Headers that explain a refusal. Whatever else a source sends along may be personal. */
const TELLING =
  /^(content-type|date|retry-after|(x-)?request-id|x-(amzn|goog)-?request-?id|x-correlation-id|x-trace-id|cf-ray|.*rate-?limit.*)$/;
const MOST_OF_A_HEADER = 200;

/** Of an answer's headers those that explain a refusal, none longer than 200 characters. */
export function tellingHeaders(headers: Headers): Headers {
  const telling = Object.entries(headers).filter(([name]) => TELLING.test(name));
  return Object.fromEntries(telling.map(([name, value]) => [name, value.slice(0, MOST_OF_A_HEADER)]));
}

/** Reads a body until it ends (`whole`) or more than `limit` bytes have come; then the rest is given up. */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) return { bytes: Buffer.concat(chunks), whole: false };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/** The value a schema makes of an answer. The error names where it does not fit and what was expected, never what was found. */
export function parseValue<S extends z.ZodType>(schema: S, raw: unknown, label: string): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 3).map((issue) => {
    const expected = 'expected' in issue ? ` (expected ${String(issue.expected)})` : '';
    return `${pathText(issue.path)}: ${issue.code}${expected}`;
  });
  const message = `${label} answered another shape: ${places.join('; ')}`;
  throw new TidemillError('source-changed', 'schema-mismatch', message, {
    hint: "Compare the connector's schema with the source's documentation.",
  });
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? 'the whole answer' : text.replace(/^\./, '');
}
