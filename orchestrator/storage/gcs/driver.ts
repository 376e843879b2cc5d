/**
 * Google Cloud Storage as a bucket. A version is a generation. Objects carry the id of the write they come from in
 * their metadata, so that a write whose answer was lost is known again.
 */
import type { Bucket, StoredObject } from '../contract.ts';
import { sendInBlocks } from '../remote/blocks.ts';
import { wholeBody } from '../remote/body.ts';
import { checkRemote } from '../remote/check.ts';
import { notUnderstood } from '../remote/errors.ts';
import { type Location, parseLocation } from '../remote/location.ts';
import { type Limits, patienceOf, type RemoteOptions, type Retry } from '../remote/options.ts';
import { pagesOf } from '../remote/pages.ts';
import { GcsApi } from './api.ts';
import { accessFrom } from './credentials.ts';
import { describe, describeBody, md5Of, Page, parse } from './object.ts';
import { Upload } from './upload.ts';

const PAGE_FIELDS = 'nextPageToken,items(name,generation,size,updated)';

/**
 * Opens `gs://NAME[/PREFIX]` without asking the network. Throws a TidemillError of kind `config` when the location or
 * the key in the environment is none.
 */
export function openGcsBucket(options: RemoteOptions): Bucket {
  return new GcsBucket(options);
}

class GcsBucket implements Bucket {
  readonly url: string;
  readonly #location: Location;
  readonly #api: GcsApi;
  readonly #limits: Limits;
  readonly #retry: Retry;
  /** Resolved once the store has said that the bucket is there. */
  #existence: Promise<unknown> | undefined;

  constructor(options: RemoteOptions) {
    const { limits, retry } = patienceOf(options);
    this.#location = parseLocation('gs', options.location);
    this.url = this.#location.url;
    this.#api = new GcsApi(accessFrom(options.env, this.url), this.#location, limits.requestMs);
    this.#limits = limits;
    this.#retry = retry;
  }

  async read(key: string): Promise<(StoredObject & { readonly body: AsyncIterable<Uint8Array> }) | undefined> {
    const name = this.#location.toName(key);
    const answer = await this.#retry(() => this.#media(name, {}));
    if (answer === undefined) return this.#nothing();
    const object = describeBody(key, answer.headers);
    if (object === undefined) {
      answer.content.destroy();
      throw notUnderstood(this.url);
    }
    const reopen = async (offset: number) =>
      (await this.#media(name, { generation: object.version }, { range: `bytes=${offset}-` }))?.content;
    const source = { ...object, url: this.url, first: answer.content, reopen, checksum: md5Of(answer.headers) };
    return { ...object, body: wholeBody(source, this.#limits, this.#retry) };
  }

  async write(...[key, body, options]: Parameters<Bucket['write']>): Promise<StoredObject | undefined> {
    const store = { api: this.#api, retry: this.#retry, url: this.url };
    const upload = new Upload(store, { key, name: this.#location.toName(key), options });
    return sendInBlocks(body, this.#limits.blockBytes, upload);
  }

  /** In the order of UTF-8, which is the contract's but for characters beyond U+FFFF; no key of ours has any. */
  async *list(prefix: string): AsyncIterable<StoredObject> {
    const query = { prefix: this.#location.toNames(prefix), maxResults: '1000', fields: PAGE_FIELDS };
    const ask = async (pageToken: string | undefined) => {
      const url = this.#api.objects(pageToken === undefined ? query : { ...query, pageToken });
      const page = await this.#retry(async () =>
        parse(Page, (await this.#api.text({ method: 'GET', url })).content, this.url),
      );
      return { page, next: page.nextPageToken };
    };
    for await (const { items } of pagesOf(this.url, ask)) {
      for (const item of items) yield describe(this.#location.toKey(item.name), item);
    }
  }

  async remove(key: string): Promise<void> {
    const url = this.#api.objects({}, this.#location.toName(key));
    await this.#retry(() => this.#api.text({ method: 'DELETE', url, accept: [404] }));
  }

  check(): Promise<void> {
    return checkRemote(this);
  }

  async #media(name: string, query: Record<string, string>, headers: Record<string, string> = {}) {
    const url = this.#api.objects({ alt: 'media', ...query }, name);
    // Asking for gzip gives what is stored; without it the store would unpack objects that are marked as packed.
    const call = { method: 'GET', url, headers: { 'accept-encoding': 'gzip', ...headers }, accept: [404] } as const;
    const answer = await this.#api.stream(call);
    if (answer.status !== 404) return answer;
    answer.content.destroy();
    return undefined;
  }

  /** A missing object and a missing bucket get the same answer, so the bucket is asked for itself, once. */
  async #nothing(): Promise<undefined> {
    const url = this.#api.objects({ prefix: this.#location.toNames(''), maxResults: '1', fields: PAGE_FIELDS });
    // Who may read but not list has been told the truth before: 404 is only for those who may know.
    const ask = () => this.#api.text({ method: 'GET', url, accept: [403] });
    this.#existence ??= this.#retry(ask).catch((error: unknown) => {
      this.#existence = undefined;
      throw error;
    });
    await this.#existence;
    return undefined;
  }
}
