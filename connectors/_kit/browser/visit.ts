/** A page of the source, and what is kept of it. Every part of it is an artifact, numbered by the name that it is given. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { type Artifact, TidemillError } from '@tidemill/kit';
import type { Download, Locator, Page, Response } from 'playwright-core';
import { answersTo, type Wanted } from './answers.ts';
import { htmlOf } from './dom.ts';
import { pageChanged, shownUrl, statusFault } from './faults.ts';
import { clickThrough, type Paged } from './paging.ts';

/** What a visit is given. */
export interface VisitWorld {
  /** The absolute address of a path. */
  resolve(path: string): URL;
  /** Takes secrets out of an address or a message. */
  redact(text: string): string;
  /** The text without the values of the login, and otherwise as it is. */
  withoutLogin(text: string): string;
  /** Throws where the source asks for a login. */
  checkLogin(status?: number): void;
  /** How many answers the page waits for. */
  open(): number;
  readonly now: Date;
  said(line: string): void;
}

export interface Exported {
  /** Its name in bronze, without an ending. */
  readonly name: string;
  /** By its ending, if not given: https://www.iana.org/assignments/media-types */
  readonly contentType?: string;
  /** The longest wait until it begins, in seconds; 30 if not given. */
  readonly seconds?: number;
}

export class Visit {
  /** Playwright's own page, for all that a person does there: https://playwright.dev/docs/api/class-page */
  readonly page: Page;
  readonly #world: VisitWorld;
  readonly #numbers = new Map<string, number>();

  constructor(page: Page, world: VisitWorld) {
    this.page = page;
    this.#world = world;
  }

  /** Goes to a path below the base URL. Throws for a status that is no success, and where the source wants a login. */
  async open(path: string): Promise<void> {
    const url = this.#world.resolve(path);
    const answered = await this.#goTo(url.href);
    const status = answered?.status() ?? 200;
    this.#world.said(this.#world.redact(`GET ${shownUrl(url.href)} → ${status}`));
    this.#world.checkLogin(status);
    if (answered === undefined || status < 400) return;
    throw statusFault({ method: 'GET', url: answered.url(), status, headers: answered.headers() }, this.#world.now);
  }

  /** A refusal without a page is no page to the driver, but an answer all the same. */
  async #goTo(url: string): Promise<Response | undefined> {
    let refusal: Response | undefined;
    const hear = (response: Response): void => {
      if (response.status() >= 400 && response.request().isNavigationRequest()) refusal ??= response;
    };
    this.page.on('response', hear);
    try {
      return (await this.page.goto(url, { waitUntil: 'domcontentloaded' })) ?? undefined;
    } catch (thrown) {
      if (refusal === undefined) throw thrown;
      return refusal;
    } finally {
      this.page.off('response', hear);
    }
  }

  /** The pages of a list, one after the other; see `Paged`. */
  async *pages(paged: Paged): AsyncGenerator<number> {
    for await (const number of clickThrough(this.page, paged, this.#world.open)) {
      this.#world.checkLogin();
      yield number;
    }
  }

  /** One element with all that is in it, as HTML (`dom_html`): waits until it is there. */
  async html(what: string | Locator, name: string): Promise<Artifact> {
    const locator = typeof what === 'string' ? this.page.locator(what) : what;
    await locator.waitFor({ state: 'attached' });
    return this.#html(await locator.evaluate(htmlOf), name, 'dom_html');
  }

  /** The whole page as it is now, as HTML (`dom_html_snapshot`); what lies in frames is not in it. */
  async snapshot(name: string): Promise<Artifact> {
    const html = await this.page.locator(':root').evaluate(htmlOf);
    return this.#html(`<!doctype html>\n${html}`, name, 'dom_html_snapshot');
  }

  /** What the page is answered in the background while the action goes on (`xhr_json`), in the order in which it has asked. */
  async *answers(wanted: Wanted & { readonly name: string }, action: () => Promise<unknown>): AsyncGenerator<Artifact> {
    const answers = await answersTo(this.page, wanted, action, this.#world.now).catch((thrown: unknown) => {
      if (thrown instanceof TidemillError && thrown.request?.status !== undefined)
        this.#world.checkLogin(thrown.request.status);
      throw thrown;
    });
    this.#world.checkLogin();
    for (const { bytes, url, ...rest } of answers) {
      const text = bytes.toString('latin1');
      if (this.#world.withoutLogin(text) !== text) throw holdsLogin(url);
      yield { ...rest, artifact: bytes, url: this.#world.redact(url), name: this.#numbered(wanted.name, 'json') };
    }
  }

  /** The file that the action has the page hand over (`export_download`). It is streamed into bronze, and then removed. */
  async *download(
    { name, contentType, seconds = 30 }: Exported,
    action: () => Promise<unknown>,
  ): AsyncGenerator<Artifact> {
    const [download] = await Promise.all([this.page.waitForEvent('download', { timeout: seconds * 1000 }), action()]);
    const ending = /\.([a-z0-9]{1,10})$/i.exec(download.suggestedFilename())?.[1]?.toLowerCase() ?? 'bin';
    const type = contentType ?? TYPES[ending] ?? 'application/octet-stream';
    const path = await wholeFile(download);
    try {
      await refuseOther(path, type);
      const address = /^https?:/.test(download.url()) ? download.url() : this.page.url();
      const url = this.#world.redact(address);
      const file = { name: this.#numbered(name, ending), contentType: type, url, method: 'export_download' } as const;
      yield { ...file, artifact: createReadStream(path) };
    } finally {
      await download.delete().catch(() => undefined);
    }
  }

  #html(html: string, name: string, method: 'dom_html' | 'dom_html_snapshot'): Artifact {
    this.#world.checkLogin();
    return {
      artifact: Buffer.from(this.#world.withoutLogin(html)),
      name: this.#numbered(name, 'html'),
      contentType: 'text/html; charset=utf-8',
      url: this.#world.redact(this.page.url()),
      method,
    };
  }

  #numbered(name: string, ending: string): string {
    const number = (this.#numbers.get(name) ?? 0) + 1;
    this.#numbers.set(name, number);
    return `${name}-${String(number).padStart(5, '0')}.${ending}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  pdf: 'application/pdf',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
  zip: 'application/zip',
};

async function wholeFile(download: Download): Promise<string> {
  const failure = await download.failure();
  if (failure === null) return download.path();
  throw new TidemillError(
    'transient',
    'download-failed',
    `The file of ${shownUrl(download.url())} was broken off (${failure})`,
    {
      hint: 'Nothing of it was kept. It is tried again.',
    },
  );
}

/** A page that excuses itself is no file. */
async function refuseOther(path: string, type: string): Promise<void> {
  if ((await stat(path)).size === 0) throw pageChanged('The file that the page handed over is empty');
  if (type === 'text/html') return;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1').trimStart();
    if (/^<(!doctype html|html)\b/i.test(start))
      throw pageChanged(`The file that the page handed over is a page, not ${type}`);
  } finally {
    await file.close();
  }
}

const holdsLogin = (url: string): TidemillError =>
  new TidemillError('bug', 'page-answer-secret', `The answer of ${shownUrl(url)} holds a value of the login`, {
    hint: 'A login never lies in bronze: let the connector match other requests.',
  });
