/** The JSON API of Google Cloud Storage: https://cloud.google.com/storage/docs/json_api/v1 */
import type { Readable } from 'node:stream';
import type { TidemillError } from '@tidemill/kit/errors';
import { Agent, request } from 'undici';
import { z } from 'zod';
import {
  bucketForbidden,
  bucketMissing,
  bucketRefused,
  bucketThrottled,
  bucketUnavailable,
  retryAfter,
  withoutAnswer,
} from '../remote/errors.ts';
import { inTime } from '../remote/options.ts';
import type { Access } from './credentials.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** `none` for addresses that say themselves who may use them. */
  readonly access?: 'none';
  /** Statuses besides 2xx that are an answer rather than an error. */
  readonly accept?: readonly number[];
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly content: T;
}

/** Names in lower case; those that come several times joined with `,`. */
export type Headers = Readonly<Record<string, string>>;

const Failure = z.object({
  error: z.object({ message: z.string(), errors: z.array(z.object({ reason: z.string() })).optional() }),
});

/** Longer answers are no messages. */
const MESSAGE_LENGTH = 300;

export class GcsApi {
  readonly #access: Access;
  readonly #bucketUrl: string;
  readonly #requestMs: number;
  readonly #agent: Agent;
  readonly #path: string;

  constructor(access: Access, bucket: { readonly name: string; readonly url: string }, requestMs: number) {
    this.#access = access;
    this.#bucketUrl = bucket.url;
    this.#requestMs = requestMs;
    this.#path = `/storage/v1/b/${encodeURIComponent(bucket.name)}/o`;
    this.#agent = new Agent({ connectTimeout: requestMs, headersTimeout: 0, bodyTimeout: 0, allowH2: false });
  }

  /** Where the objects of the bucket are, or the named one. */
  objects(query: Readonly<Record<string, string>>, name?: string): string {
    const path = name === undefined ? this.#path : `${this.#path}/${encodeURIComponent(name)}`;
    return `${this.#access.endpoint}${path}?${new URLSearchParams(query)}`;
  }

  /** Where objects are sent to. */
  uploads(query: Readonly<Record<string, string>>): string {
    return `${this.#access.endpoint}/upload${this.#path}?${new URLSearchParams(query)}`;
  }

  /** One exchange whose answer is a text, read whole. Throws TidemillErrors that say who must act. */
  text(call: Call): Promise<Answer<string>> {
    return this.#exchange(call, (body) => body.text());
  }

  /** One exchange whose answer is a body of any length, which the caller reads or destroys. */
  stream(call: Call): Promise<Answer<Readable>> {
    return this.#exchange(call, async (body) => {
      // It may break before anybody reads it; who reads it then is told.
      body.on('error', () => undefined);
      return body;
    });
  }

  async #exchange<T>(
    call: Call,
    take: (body: Readable & { text(): Promise<string> }) => Promise<T>,
  ): Promise<Answer<T>> {
    try {
      return await inTime(this.#requestMs, async (signal) => {
        const authorization = call.access ?? (await this.#access.authorize(call.url));
        const { statusCode, headers, body } = await request(call.url, {
          method: call.method,
          headers: { ...(authorization === 'none' ? {} : authorization), ...call.headers },
          body: call.body ?? null,
          signal,
          dispatcher: this.#agent,
        });
        const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(',')]);
        const answer = { status: statusCode, headers: Object.fromEntries(flat) as Headers };
        if (statusCode >= 300 && !call.accept?.includes(statusCode)) throw this.#failure(answer, await body.text());
        return { ...answer, content: await take(body) };
      });
    } catch (error) {
      throw withoutAnswer(error, this.#bucketUrl) ?? error;
    }
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
  #failure({ status, headers }: { status: number; headers: Headers }, text: string): TidemillError {
    const { message, errors } = Failure.safeParse(parseJson(text)).data?.error ?? { message: '' };
    const url = this.#bucketUrl;
    const said = `${status} ${message.slice(0, MESSAGE_LENGTH)}`.trim();
    const wait = retryAfter(headers['retry-after']);
    const isRateLimit = errors?.some(({ reason }) => /^(user)?rateLimitExceeded$/i.test(reason)) ?? false;
    if (status === 429 || (status === 403 && isRateLimit)) return bucketThrottled({ url, said }, wait);
    if (status === 401 || status === 403) return bucketForbidden({ url, said });
    if (status === 404) return bucketMissing({ url, said });
    if (status === 408 || status === 409 || status >= 500) return bucketUnavailable({ url, said }, wait);
    return bucketRefused({ url, said });
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
