/** BigQuery's REST API, and the one way all requests take: https://cloud.google.com/bigquery/docs/reference/rest */
import { randomUUID } from 'node:crypto';
import { TidemillError } from '@tidemill/kit/errors';
import { type RetryPolicy, type RetryWorld, withRetry } from '@tidemill/kit/retry';
import { Agent } from 'undici';
import { z } from 'zod';
import type { Access } from './access.ts';
import { asWarehouseError, missing, notUnderstood, type Refusal, refusalIn, withoutAnswer } from './errors.ts';
import type { Dataset } from './location.ts';

/** Everything that is asked may be asked again: jobs have ids of ours, and a table is made once. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the project. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Rows to be loaded, sent along with the body. */
  readonly media?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses besides 2xx that are an answer rather than an error. */
  readonly accept?: readonly number[];
  /** What a refusal means; a failure of ours, if not told. */
  readonly explain?: (dataset: Dataset, refusal: Refusal) => TidemillError;
}

export interface Answer {
  readonly status: number;
  readonly content: unknown;
}

export interface Limits extends RetryPolicy {
  /** Milliseconds for one request and its answer. */
  readonly requestMs: number;
}

const LIMITS: Limits = { retries: 5, baseMs: 500, capMs: 16_000, maxWaitMs: 60_000, requestMs: 120_000 };

export interface ClientOptions {
  readonly dataset: Dataset;
  readonly access: Access;
  readonly world: RetryWorld;
  readonly limits?: Partial<Limits> | undefined;
}

const DatasetResource = z.object({ location: z.string() });

export class Client {
  readonly dataset: Dataset;
  readonly world: RetryWorld;
  readonly #access: Access;
  readonly #limits: Limits;
  readonly #agent: Agent;
  #location: Promise<string> | undefined;

  constructor({ dataset, access, world, limits }: ClientOptions) {
    this.dataset = dataset;
    this.world = world;
    this.#access = access;
    this.#limits = { ...LIMITS, ...limits };
    this.#agent = new Agent({ connectTimeout: this.#limits.requestMs, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Where the dataset lies, which is where its jobs must run. Throws kind `config` when there is none. */
  location(): Promise<string> {
    this.#location ??= this.#findLocation().catch((error: unknown) => {
      this.#location = undefined;
      throw error;
    });
    return this.#location;
  }

  async #findLocation(): Promise<string> {
    const path = `/datasets/${this.dataset.dataset}`;
    const { status, content } = await this.ask({ method: 'GET', path, accept: [404] });
    if (status === 404) throw missing(this.dataset);
    return this.parse(DatasetResource, content).location;
  }

  /** Asked again while that may help. Throws TidemillErrors that say who must act. */
  ask(call: Call): Promise<Answer> {
    return withRetry(() => this.#askOnce(call), this.#limits, this.world);
  }

  parse<S extends z.ZodType>(schema: S, content: unknown): z.output<S> {
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    throw notUnderstood(this.dataset);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #askOnce(call: Call): Promise<Answer> {
    const answer = await this.#exchange(call);
    // A token may be taken back before it is over: one more is asked for, once.
    if (answer.status !== 401) return this.#judged(call, answer);
    this.#access.renew();
    return this.#judged(call, await this.#exchange(call));
  }

  #judged(call: Call, { retryAfterSeconds, ...answer }: Answer & { readonly retryAfterSeconds: number | undefined }) {
    if (answer.status < 300 || call.accept?.includes(answer.status)) return answer;
    const { explain = asWarehouseError } = call;
    throw explain(this.dataset, refusalIn(answer.status, answer.content, retryAfterSeconds));
  }

  async #exchange(call: Call) {
    const signal = AbortSignal.timeout(this.#limits.requestMs);
    const url = this.#address(call);
    const { body: sent, contentType } = bodyOf(call);
    try {
      const authorization = await inTime(this.#access.authorize(url), signal);
      const { origin, pathname, search } = new URL(url);
      const { statusCode, headers, body } = await this.#agent.request({
        origin,
        path: `${pathname}${search}`,
        method: call.method,
        headers: { ...authorization, ...(contentType && { 'content-type': contentType }), ...call.headers },
        body: sent,
        signal,
      });
      const text = await body.text();
      return { status: statusCode, content: parseJson(text), retryAfterSeconds: secondsIn(headers['retry-after']) };
    } catch (error) {
      throw error instanceof TidemillError ? error : (withoutAnswer(this.dataset, error) ?? error);
    }
  }

  #address({ path, query = {}, media }: Call): string {
    const root = media === undefined ? '/bigquery/v2' : '/upload/bigquery/v2';
    const all = media === undefined ? query : { uploadType: 'multipart', ...query };
    const search = new URLSearchParams(all).toString();
    return `${this.#access.endpoint}${root}/projects/${this.dataset.project}${path}${search === '' ? '' : `?${search}`}`;
  }
}

const JSON_TYPE = 'application/json; charset=UTF-8';

/** https://cloud.google.com/bigquery/docs/reference/api-uploads#multipart */
function bodyOf({ body, media }: Call): { body: Uint8Array | string | null; contentType?: string } {
  if (body === undefined) return { body: null };
  const json = JSON.stringify(body);
  if (media === undefined) return { body: json, contentType: JSON_TYPE };
  const boundary = `tidemill-${randomUUID()}`;
  const parts = Buffer.concat([
    Buffer.from(`--${boundary}\r\ncontent-type: ${JSON_TYPE}\r\n\r\n${json}\r\n`),
    Buffer.from(`--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`),
    media,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { body: parts, contentType: `multipart/related; boundary=${boundary}` };
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
