/** The JSON API of Google Cloud Storage, and the one way all requests take: https://cloud.google.com/storage/docs/json_api/v1 */
import type { Readable } from 'node:stream';
import type { TidemillError } from '@tidemill/kit/errors';
import { googleRefusal } from '@tidemill/kit/google-errors';
import { Agent } from 'undici';
import { z } from 'zod';
import {
  bucketForbidden,
  bucketMissing,
  bucketProject,
  bucketRefused,
  bucketThrottled,
  bucketUnavailable,
  retryAfter,
  withoutAnswer,
} from '../remote/errors.ts';
import { type Location, parseLocation } from '../remote/location.ts';
import { inTime, type Limits, patienceOf, type RemoteOptions, type Retry } from '../remote/options.ts';
import { type Access, accessFrom } from './credentials.ts';
import { type Headers, parseJson } from './object.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Headers;
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

const Failure = z.object({ error: z.object({ message: z.string() }) });

/** Longer answers are no messages. */
const MESSAGE_LENGTH = 300;

export class GcsStore {
  readonly location: Location;
  readonly limits: Limits;
  readonly retry: Retry;
  readonly #access: Access;
  readonly #agent: Agent;

  constructor(options: RemoteOptions, access?: Access) {
    const { limits, retry } = patienceOf(options);
    this.location = parseLocation('gs', options.location);
    this.limits = limits;
    this.retry = retry;
    this.#access = access ?? accessFrom(options.env, this.location.url);
    this.#agent = new Agent({ connectTimeout: limits.requestMs, headersTimeout: 0, bodyTimeout: 0, allowH2: false });
  }

  /** Where the objects of the bucket are, or the named one. */
  objects(query: Readonly<Record<string, string>>, name?: string): string {
    return this.#address('', name === undefined ? '' : `/${encodeURIComponent(name)}`, query);
  }

  /** Where objects are sent to. */
  uploads(query: Readonly<Record<string, string>>): string {
    return this.#address('/upload', '', query);
  }

  #address(before: string, after: string, query: Readonly<Record<string, string>>): string {
    const objects = `${before}/storage/v1/b/${this.location.name}/o${after}`;
    return `${this.#access.endpoint}${objects}?${new URLSearchParams(query)}`;
  }

  /** One exchange whose answer is a text, asked again while that may help. */
  ask(call: Call): Promise<Answer<string>> {
    return this.retry(() => this.askOnce(call));
  }

  /** Throws TidemillErrors that say who must act. */
  askOnce(call: Call): Promise<Answer<string>> {
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
    const { url } = this.location;
    try {
      return await inTime(this.limits.requestMs, async (signal) => {
        const authorization = call.access === 'none' ? {} : await this.#access.authorize(call.url);
        const { origin, pathname, search } = new URL(call.url);
        const { statusCode, headers, body } = await this.#agent.request({
          origin,
          path: `${pathname}${search}`,
          method: call.method,
          headers: { ...authorization, ...call.headers },
          body: call.body ?? null,
          signal,
        });
        const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(',')]);
        const answer = { status: statusCode, headers: Object.fromEntries(flat) as Headers };
        if (statusCode >= 300 && !call.accept?.includes(statusCode)) throw failure(answer, await body.text(), url);
        return { ...answer, content: await take(body) };
      });
    } catch (error) {
      throw withoutAnswer(error, url) ?? error;
    }
  }
}

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
function failure({ status, headers }: Omit<Answer<never>, 'content'>, text: string, url: string): TidemillError {
  const message = Failure.safeParse(parseJson(text)).data?.error.message ?? '';
  const meaning = googleRefusal({ text, headers })?.meaning;
  const circumstances = { url, said: `${status} ${message.slice(0, MESSAGE_LENGTH)}`.trim() };
  const wait = retryAfter(headers['retry-after']);
  if (status === 429 || (status === 403 && meaning === 'too fast')) return bucketThrottled(circumstances, wait);
  if (status === 403 && (meaning === 'switched off' || meaning === 'project')) return bucketProject(circumstances);
  if (status === 401 || status === 403) return bucketForbidden(circumstances);
  if (status === 404) return bucketMissing(circumstances);
  if (status === 408 || status === 409 || status >= 500) return bucketUnavailable(circumstances, wait);
  return bucketRefused(circumstances);
}
