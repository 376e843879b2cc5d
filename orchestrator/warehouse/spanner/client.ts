/** Spanner's REST API, and the one way all requests take: https://cloud.google.com/spanner/docs/reference/rest */
import { TidemillError } from '@tidemill/kit/errors';
import { type RetryPolicy, type RetryWorld, withRetry } from '@tidemill/kit/retry';
import { Agent } from 'undici';
import type { z } from 'zod';
import type { Access } from './access.ts';
import { asWarehouseError, notUnderstood, type Refusal, refusalIn, withoutAnswer } from './errors.ts';
import { JsonObjects } from './json-objects.ts';
import type { Place } from './location.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version: the name of the database, or of a session, and what follows. */
  readonly path: string;
  readonly body?: unknown;
  /** Statuses besides 2xx that are an answer rather than an error. */
  readonly accept?: readonly number[];
  /** What a refusal means; a failure of ours, if not told. */
  readonly explain?: (place: Place, refusal: Refusal) => TidemillError;
}

export interface Answer {
  readonly status: number;
  readonly content: unknown;
}

export interface Limits extends RetryPolicy {
  /** Milliseconds for one request, and for each part of its answer. */
  readonly requestMs: number;
}

const LIMITS: Limits = { retries: 5, baseMs: 500, capMs: 16_000, maxWaitMs: 60_000, requestMs: 120_000 };

export interface ClientOptions {
  readonly place: Place;
  readonly access: Access;
  readonly world: RetryWorld;
  readonly limits?: Partial<Limits> | undefined;
}

export class Client {
  readonly place: Place;
  readonly world: RetryWorld;
  readonly limits: Limits;
  readonly #access: Access;
  readonly #agent: Agent;

  constructor({ place, access, world, limits }: ClientOptions) {
    this.place = place;
    this.world = world;
    this.#access = access;
    this.limits = { ...LIMITS, ...limits };
    const { requestMs } = this.limits;
    this.#agent = new Agent({ connectTimeout: requestMs, headersTimeout: requestMs, bodyTimeout: requestMs });
  }

  /** Asked again while that may help: of what may be asked twice. Throws TidemillErrors that say who must act. */
  ask(call: Call): Promise<Answer> {
    return withRetry(() => this.askOnce(call), this.limits, this.world);
  }

  async askOnce(call: Call): Promise<Answer> {
    const { statusCode: status, headers, body } = await this.#exchange(call);
    const content = parseJson(await this.#during(() => body.text()));
    if (status < 300 || call.accept?.includes(status)) return { status, content };
    throw this.explain(call, refusalIn(status, content, secondsIn(headers['retry-after'])));
  }

  /** The objects of an answer that comes bit by bit. Not asked again. */
  async *stream(call: Call): AsyncGenerator<unknown> {
    const { statusCode: status, headers, body } = await this.#exchange(call);
    if (status >= 300) {
      const content = parseJson(await this.#during(() => body.text()));
      throw this.explain(call, refusalIn(status, content, secondsIn(headers['retry-after'])));
    }
    const objects = new JsonObjects();
    const bytes = body[Symbol.asyncIterator]();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const next = await this.#during(() => bytes.next());
        if (next.done === true) break;
        for (const text of objects.add(decoder.decode(next.value, { stream: true }))) yield parseJson(text);
      }
    } finally {
      // Whoever has enough hangs up.
      if (!body.destroyed) body.on('error', () => undefined).destroy();
    }
    if (!objects.isWhole) throw notUnderstood(this.place);
  }

  explain({ explain = asWarehouseError }: Call, refusal: Refusal): TidemillError {
    return explain(this.place, refusal);
  }

  parse<S extends z.ZodType>(schema: S, content: unknown): z.output<S> {
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    throw notUnderstood(this.place);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #exchange(call: Call) {
    const answer = await this.#send(call);
    if (answer.statusCode !== 401) return answer;
    // A token may be taken back before it is over: one more is asked for, once.
    await this.#during(() => answer.body.dump());
    this.#access.renew();
    return this.#send(call);
  }

  #send({ method, path, body }: Call) {
    const url = `${this.#access.endpoint}/v1/${path}`;
    return this.#during(async () => {
      const authorization = await inTime(this.#access.authorize(url), AbortSignal.timeout(this.limits.requestMs));
      const { origin, pathname, search } = new URL(url);
      return this.#agent.request({
        origin,
        path: `${pathname}${search}`,
        method,
        headers: { ...authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
      });
    });
  }

  async #during<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw error instanceof TidemillError ? error : (withoutAnswer(this.place, error) ?? error);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds alone; a date is left out, for clocks differ. */
const secondsIn = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;

/** Google's library heeds no signal. */
function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const abort = (): void => over.reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([promise, over.promise]).finally(() => signal.removeEventListener('abort', abort));
}
