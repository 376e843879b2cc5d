/** `createHttp`'s inside: attempts, credentials, redirects, limits. */
import type { z } from 'zod';
import { type BudgetBook, budgetBook } from './budget.ts';
import { type RequestFacts, TidemillError } from './errors.ts';
import type { Answer, Declined, Download, DownloadOptions, Http, HttpOptions, Query, Timeouts } from './http.ts';
import { hasType, nameRequest, naming, redirectRefused, tooLarge, wrongType } from './http-faults.ts';
import { readJson } from './http-json.ts';
import {
  type Call,
  type CallOptions,
  lowerCase,
  parseBase,
  plainHeaders,
  resolveUrl,
  toCall,
  withoutQueryValues,
} from './http-request.ts';
import {
  collect,
  type Headers,
  isSuccess,
  parseValue,
  sourceResponse,
  statusVerdict,
  tellingHeaders,
  type Verdict,
} from './http-response.ts';
import type { Transport, WireResponse } from './http-transport.ts';
import { type Permit, rateLimiter } from './rate-limit.ts';
import { redactor } from './redact.ts';
import { withRetry } from './retry.ts';

const DEFAULTS = { retries: 4, maxWaitMs: 60_000, maxBytes: 64 * 1024 * 1024 };
const TIMEOUTS = { connectMs: 10_000, headersMs: 60_000, bodyMs: 60_000, totalMs: 300_000 };
const BACKOFF = { baseMs: 500, capMs: 30_000 };
const MAX_REDIRECTS = 3;
const NO_CONTENT = 204;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Enough for any vendor's error message. */
const ERROR_BYTES = 64 * 1024;

/** What is under way for a call. */
interface Course {
  readonly signal: AbortSignal;
  refreshed: boolean;
  /** Of the attempt that is under way. */
  answer: WireResponse | undefined;
}

interface Taken<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined with an accepted status that is no 2xx. */
  readonly content: T | undefined;
  /** The first bytes of a body with such a status. */
  readonly declined?: Buffer;
}

interface Performed<T> extends Taken<T> {
  readonly request: RequestFacts;
}

const mayFollow = ({ elsewhere }: Call, from: URL, to: URL): boolean =>
  to.origin === from.origin || (elsewhere && (to.protocol === 'https:' || to.protocol === from.protocol));

export class HttpClient implements Http {
  readonly #options: HttpOptions & typeof DEFAULTS;
  readonly #timeouts: Timeouts;
  readonly #base: URL;
  readonly #redact: (text: string) => string;
  readonly #permit: Permit;
  readonly #budgets: BudgetBook;
  #transport: Promise<Transport> | undefined;

  constructor(options: HttpOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#base = parseBase(options.baseUrl);
    this.#redact = redactor(options.secrets ?? []);
    this.#permit = rateLimiter(options.limits ?? [], options.clock, this.#options.maxWaitMs);
    this.#budgets = budgetBook(options.budgets ?? [], options.clock, this.#options.maxWaitMs);
  }

  spent(): number {
    return this.#budgets.spent();
  }

  resolve(url: string, query?: Query): URL {
    return resolveUrl(this.#base, url, query);
  }

  // What it answers by what it is asked, the interface says.
  readonly json: Http['json'] = (url: string, schema: z.ZodType, options: CallOptions = {}) =>
    this.#json(url, schema, options) as Promise<never>;

  async #json(url: string, schema: z.ZodType, options: CallOptions): Promise<Answer<z.ZodType, string> | Declined> {
    const call = this.#call(url, options, 'application/json');
    const take = (response: WireResponse): Promise<Buffer> => this.#body(response, call);
    const { status, headers, content, declined = content ?? '', request } = await this.#perform(call, take);
    const answered = { status, headers, url: call.provenance };
    const isBodiless = content?.length === 0 && call.accept.includes(NO_CONTENT);
    if (content === undefined || isBodiless || call.accept.includes(status))
      return { ...answered, text: declined.toString(), value: undefined, line: undefined, lines: undefined };
    return naming(request, () => {
      const { envelope, ...texts } = readJson(content, options.records ?? [], headers['content-type'], call.label);
      return { ...answered, ...texts, value: parseValue(schema, envelope, call.label) };
    });
  }

  async bytes(url: string, options: DownloadOptions = {}): Promise<Download> {
    const call = this.#call(url, options, '*/*');
    const { status, headers, content } = await this.#perform(call, async (response) => {
      if (call.accept.includes(response.status) || hasType(response.headers, options.types)) return response.body;
      await collect(response.body, 0);
      throw wrongType(response.headers, call.label);
    });
    const contentType = headers['content-type'] ?? 'application/octet-stream';
    return { status, headers, url: call.provenance, contentType, body: content ?? (async function* () {})() };
  }

  async close(): Promise<void> {
    await (await this.#transport)?.close();
  }

  #call(url: string, options: CallOptions, accept: string): Call {
    const { query, shown = url } = options;
    const address = { url: this.resolve(url, query), shown: this.resolve(shown, query) };
    return toCall(address, options, accept, this.#redact);
  }

  /** All attempts of a call, within its total time. */
  async #perform<T>(call: Call, take: (response: WireResponse) => Promise<T>): Promise<Performed<T>> {
    const { clock, random, signal: outer, maxWaitMs, retries } = this.#options;
    const { totalMs } = this.#timeouts;
    outer?.throwIfAborted();
    const limit = new AbortController();
    const overdue = new TidemillError('transient', 'http-timeout', `${call.label} took longer than ${totalMs} ms`);
    const timer = setTimeout(() => limit.abort(overdue), totalMs);
    const signal = outer === undefined ? limit.signal : AbortSignal.any([outer, limit.signal]);
    const course: Course = { signal, refreshed: false, answer: undefined };
    try {
      return await withRetry(
        () => this.#told(call, course, take),
        { ...BACKOFF, maxWaitMs, retries: call.repeatable ? retries : 0 },
        { clock, random, signal, deadline: new Date(clock.now().getTime() + totalMs) },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** One attempt, told to whoever listens; an error of it says which request it was. */
  async #told<T>(call: Call, course: Course, take: (response: WireResponse) => Promise<T>): Promise<Performed<T>> {
    course.answer = undefined;
    try {
      const taken = await this.#attempt(call, course, take);
      return { ...taken, request: this.#facts(call, course) };
    } catch (error) {
      // The signal's reason is not about this request.
      if (error !== course.signal.reason) nameRequest(error, this.#facts(call, course));
      throw error;
    } finally {
      this.#options.onRequest?.(this.#facts(call, course));
    }
  }

  #facts({ method, provenance }: Call, { answer }: Course): RequestFacts {
    const request = { method, url: withoutQueryValues(provenance) };
    if (answer === undefined) return request;
    const headers = Object.entries(tellingHeaders(answer.headers)).map(([key, text]) => [key, this.#redact(text)]);
    return { ...request, status: answer.status, headers: Object.fromEntries(headers) };
  }

  async #attempt<T>(call: Call, course: Course, take: (response: WireResponse) => Promise<T>): Promise<Taken<T>> {
    const response = await this.#follow(call, course.signal);
    course.answer = response;
    const { status, headers } = response;
    if (this.#isOwn(call.url)) this.#budgets.note(headers);
    if (isSuccess(status)) return { status, headers, content: await take(response) };
    const { bytes } = await collect(response.body, ERROR_BYTES);
    const verdict = this.#judge(response, bytes, call);
    if (verdict === undefined) return { status, headers, content: undefined, declined: bytes };
    const { onUnauthorized } = this.#isOwn(call.url) ? this.#options : {};
    if (status !== 401 || verdict.kind !== 'auth' || course.refreshed || onUnauthorized === undefined)
      throw this.#failure(verdict);
    course.refreshed = true;
    await onUnauthorized(call.url);
    return this.#attempt(call, course, take);
  }

  /** Redirects are followed for GET, to another origin only where the call says so: credentials stay where they belong. */
  async #follow(call: Call, signal: AbortSignal): Promise<WireResponse> {
    let { url, headers } = call;
    for (let hops = 0; ; hops++) {
      const response = await this.#send({ ...call, headers }, url, signal);
      const { location } = response.headers;
      if (!REDIRECTS.has(response.status) || location === undefined || call.method !== 'GET') return response;
      await collect(response.body, ERROR_BYTES);
      const target = URL.parse(location, url.href);
      if (hops === MAX_REDIRECTS) throw redirectRefused(call.label, `more than ${MAX_REDIRECTS} times`);
      if (target === null || !mayFollow(call, url, target))
        throw redirectRefused(call.label, `to ${target?.origin ?? 'no address'}`);
      if (target.origin !== url.origin) headers = plainHeaders();
      url = target;
    }
  }

  async #send(call: Call, url: URL, signal: AbortSignal): Promise<WireResponse> {
    if (this.#isOwn(url)) {
      await this.#options.admit?.();
      await this.#budgets.permit(signal);
      await this.#permit(signal);
    }
    const authorization = this.#isOwn(url) ? lowerCase(await this.#options.authorize?.(url)) : {};
    this.#transport ??= import('./http-transport.ts').then(({ openTransport }) => openTransport(this.#timeouts));
    const transport = await this.#transport;
    return transport.send({ ...call, url, headers: { ...call.headers, ...authorization }, signal });
  }

  /** Credentials, their renewal and the vendor's limits belong to the origin of the base URL alone. */
  #isOwn(url: URL): boolean {
    return url.origin === this.#base.origin;
  }

  async #body(response: WireResponse, call: Call): Promise<Buffer> {
    const { maxBytes } = this.#options;
    const { bytes, whole } = await collect(response.body, maxBytes);
    if (!whole) throw tooLarge(call.label, maxBytes);
    const verdict = this.#judge(response, bytes, call);
    if (verdict !== undefined) throw this.#failure(verdict);
    return bytes;
  }

  /** What the vendor's hook says, then what holds for all; undefined when the answer is good. */
  #judge({ status, headers }: WireResponse, body: Buffer, call: Call): Verdict | undefined {
    const response = sourceResponse({ status, headers, url: call.provenance, now: this.#options.clock.now() }, body);
    const verdict = this.#options.classify?.(response);
    if (verdict !== undefined || isSuccess(status) || call.accept.includes(status)) return verdict;
    const meant = statusVerdict(response, call.label);
    const wait = status === 429 && this.#isOwn(call.url) ? this.#budgets.secondsToWait() : undefined;
    return { ...meant, retryAfterSeconds: meant.retryAfterSeconds ?? wait };
  }

  #failure({ kind, code, message, hint, retryAfterSeconds }: Verdict): TidemillError {
    return new TidemillError(kind, code, this.#redact(message), {
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
}
