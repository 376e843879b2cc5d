/** Answers to what a page asks in the background, byte for byte and whole. */
import { createHash } from 'node:crypto';
import { type Artifact, TidemillError } from '@tidemill/kit';
import { isSuccess } from '@tidemill/kit/http-response';
import type { CDPSession, Page } from 'playwright-core';
import { pageChanged, pageSlow, shownUrl, statusFault } from './faults.ts';

export interface Wanted {
  /** Tried on the whole address of a request. */
  readonly url: RegExp;
  /** Any method, if not given. */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** How many must come at least; 1 if not given. Fewer are an error. */
  readonly least?: number;
  /** Media types besides those of JSON: `text/plain`. */
  readonly types?: readonly string[];
  /** The longest wait for the last one, in seconds; 30 if not given. */
  readonly seconds?: number;
}

/** An answer with its bytes, in the order in which the page has asked. */
export interface Answer extends Omit<Artifact, 'name' | 'artifact'> {
  readonly bytes: Buffer;
}

/** More is held in memory by nobody. */
const MOST_BYTES = 256 * 2 ** 20;

interface Asked {
  readonly method: string;
  readonly url: string;
  /** The same for a request that is tried again. */
  readonly key: string;
  status?: number;
  headers?: Record<string, string>;
  bytes?: Buffer;
  end?: 'whole' | 'failed' | 'given up';
}

/**
 * What comes in answer to the action, and to what the page does of itself meanwhile. Throws for a failure that the page has not got over
 * by itself, for another type, for none in time (`page-changed`, `page-slow`).
 */
export async function answersTo(
  page: Page,
  wanted: Wanted,
  action: () => Promise<unknown>,
  now: Date,
): Promise<readonly Answer[]> {
  const listening = await Listening.begin(page, wanted);
  try {
    await action();
    await listening.untilAllCame();
    return listening.answers(now);
  } finally {
    await listening.end();
  }
}

/** Chromium hands each answer over before the page has it; of its own memory it forgets large ones. */
class Listening {
  readonly #session: CDPSession;
  readonly #page: Page;
  readonly #wanted: Wanted;
  readonly #asked = new Map<string, Asked>();
  #changed: () => void = () => undefined;

  private constructor(page: Page, session: CDPSession, wanted: Wanted) {
    this.#page = page;
    this.#session = session;
    this.#wanted = wanted;
  }

  static async begin(page: Page, wanted: Wanted): Promise<Listening> {
    const session = await page.context().newCDPSession(page);
    const listening = new Listening(page, session, wanted);
    session.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse }) =>
      listening.#ask(requestId, request, redirectResponse !== undefined),
    );
    session.on('Network.loadingFinished', ({ requestId }) => listening.#ended(requestId, 'whole'));
    session.on('Network.loadingFailed', ({ requestId, canceled }) =>
      listening.#ended(requestId, canceled === true ? 'given up' : 'failed'),
    );
    session.on('Fetch.requestPaused', (paused) => void listening.#take(paused));
    await session.send('Network.enable');
    const stage = { urlPattern: '*', requestStage: 'Response' } as const;
    const patterns = (['XHR', 'Fetch'] as const).map((resourceType) => ({ ...stage, resourceType }));
    await session.send('Fetch.enable', { patterns });
    return listening;
  }

  /** Never throws: the page may be gone. */
  async end(): Promise<void> {
    await this.#session.detach().catch(() => undefined);
  }

  /** All that have begun have ended, and there are as many as must be. */
  async untilAllCame(): Promise<void> {
    const { seconds = 30, least = 1 } = this.#wanted;
    const limit = AbortSignal.timeout(seconds * 1000);
    const gone = new AbortController();
    this.#page.once('close', () => gone.abort());
    const over = AbortSignal.any([limit, gone.signal]);
    while (this.#open.length > 0 || this.#whole.length < least) {
      if (over.aborted) throw this.#tooFew(least);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed = resolve;
      over.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
  }

  /** Those with contents. */
  answers(now: Date): Answer[] {
    const [failed] = this.#failures;
    if (failed !== undefined) throw this.#failure(failed, now);
    return this.#whole.flatMap((asked) => {
      const { bytes = Buffer.alloc(0), url, headers = {} } = asked;
      if (bytes.length === 0) return [];
      const contentType = headers['content-type'] ?? '';
      if (!this.#isWantedType(contentType)) throw otherType(asked, contentType);
      return [{ bytes, contentType, url, method: 'xhr_json' as const }];
    });
  }

  #ask(
    id: string,
    { method, url, postData }: { method: string; url: string; postData?: string },
    again: boolean,
  ): void {
    if (again || method === 'OPTIONS' || !this.#wanted.url.test(url)) return;
    if (this.#wanted.method !== undefined && this.#wanted.method !== method) return;
    const body = createHash('sha256')
      .update(postData ?? '')
      .digest('hex');
    this.#asked.set(id, { method, url, key: `${method} ${url} ${body}` });
  }

  async #take({ requestId, networkId = '', responseStatusCode: status, responseHeaders = [] }: Paused): Promise<void> {
    const asked = this.#asked.get(networkId);
    const isRedirect = status !== undefined && status >= 300 && status < 400;
    if (asked !== undefined && status !== undefined && !isRedirect) {
      asked.status = status;
      asked.headers = Object.fromEntries(responseHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
      await this.#read(asked, requestId).catch(() => undefined);
    }
    await this.#session.send('Fetch.continueRequest', { requestId }).catch(() => undefined);
  }

  async #read(asked: Asked, requestId: string): Promise<void> {
    if (Number(asked.headers?.['content-length'] ?? 0) > MOST_BYTES) return;
    const { body, base64Encoded } = await this.#session.send('Fetch.getResponseBody', { requestId });
    asked.bytes = Buffer.from(body, base64Encoded ? 'base64' : 'utf8');
  }

  #ended(id: string, end: NonNullable<Asked['end']>): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    asked.end = end;
    this.#changed();
  }

  get #all(): Asked[] {
    return [...this.#asked.values()];
  }

  get #open(): Asked[] {
    return this.#all.filter(({ end }) => end === undefined);
  }

  get #whole(): Asked[] {
    return this.#all.filter(({ end, status = 0 }) => end === 'whole' && isSuccess(status));
  }

  /** But for those that the page has asked again, with success, or has given up itself. */
  get #failures(): Asked[] {
    const whole = new Set(this.#whole);
    const mended = new Set(this.#whole.map(({ key }) => key));
    return this.#all.filter((asked) => {
      if (whole.has(asked)) return asked.bytes === undefined;
      return !mended.has(asked.key) && !isGivenUp(asked);
    });
  }

  #tooFew(least: number): TidemillError {
    const [failed] = this.#failures.filter(({ end }) => end !== undefined);
    if (failed !== undefined) return this.#failure(failed, new Date(0));
    if (this.#open.length > 0)
      return pageSlow(`An answer to ${shownUrl(this.#open[0]?.url ?? '')} has not come to its end in time`);
    const count = this.#whole.length;
    return pageChanged(`The page was to ask ${least}× for what fits ${this.#wanted.url}, and has asked ${count}×`);
  }

  #failure({ method, url, status, headers = {}, end, bytes }: Asked, now: Date): TidemillError {
    if (status !== undefined && !isSuccess(status)) return statusFault({ method, url, status, headers }, now);
    if (end === 'whole' && bytes === undefined) {
      return new TidemillError(
        'source-changed',
        'page-answer-large',
        `${method} ${shownUrl(url)} answered more than can be held`,
        {
          hint: 'Have the page ask for less at a time, or take the file that the source exports.',
        },
      );
    }
    return pageSlow(`The answer to ${method} ${shownUrl(url)} was broken off`);
  }

  #isWantedType(contentType: string): boolean {
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return /[/+]json$/.test(type) || (this.#wanted.types ?? []).includes(type);
  }
}

/** A failure that the page does not read to its end is one all the same. */
const isGivenUp = ({ end, status = 200 }: Asked): boolean => end === 'given up' && isSuccess(status);

interface Paused {
  readonly requestId: string;
  readonly networkId?: string;
  readonly responseStatusCode?: number;
  readonly responseHeaders?: readonly { readonly name: string; readonly value: string }[];
}

const otherType = ({ method, url }: Asked, contentType: string): TidemillError =>
  new TidemillError(
    'source-changed',
    'page-answer-type',
    `${method} ${shownUrl(url)} answered ${contentType === '' ? 'no type' : contentType}, not JSON`,
    { hint: 'It may be a login page or a notice. A type that is right as it is belongs into `types`.' },
  );
