/**
 * Google Cloud Storage as a bucket. A version is a generation. Objects carry the id of the write they come from in
 * their metadata, so that a write whose answer was lost is known again.
 */
import type { Bucket, OpenBucket, ReadOptions, StoredBody, StoredObject, Version } from '../contract.ts';
import { sendInBlocks } from '../remote/blocks.ts';
import { checkRemote, preconditionCheck } from '../remote/check.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { pagesOf } from '../remote/pages.ts';
import { type Answer, type Reader, rangeHeader, readRemote } from '../remote/read.ts';
import { describe, describeBody, md5Of, Page, parse, RESOURCE_FIELDS, Resource } from './object.ts';
import { GcsStore } from './store.ts';
import { ResumableUpload } from './upload.ts';

const PAGE_FIELDS = 'nextPageToken,items(name,generation,size,updated)';

/**
 * Opens `gs://NAME[/PREFIX]` without asking the network. Throws a TidemillError of kind `config` when the location or
 * the key in the environment is none.
 */
export function openGcsBucket(options: RemoteOptions): Bucket {
  return new GcsBucket(new GcsStore(options));
}

export default openGcsBucket satisfies OpenBucket;

const ifStill = (version: Version | undefined): Readonly<Record<string, string>> =>
  version === undefined ? {} : { ifGenerationMatch: version };

const never = (generation: string): string => generation.replace(/.$/, (last) => (last === '9' ? '8' : '9'));

class GcsBucket implements Bucket {
  readonly url: string;
  readonly isRemote = true;
  readonly #store: GcsStore;
  readonly checkPreconditions = preconditionCheck(this, never);
  /** Resolved once the store has said that the bucket is there. */
  #existence: Promise<unknown> | undefined;

  constructor(store: GcsStore) {
    this.url = store.location.url;
    this.#store = store;
  }

  async read(key: string, options: ReadOptions = {}): Promise<StoredBody | undefined> {
    const name = this.#store.location.toName(key);
    const reader: Reader = {
      url: this.url,
      key,
      get: (asked) => this.#media(key, name, asked),
      head: (version) => this.#metadata(key, name, version),
      isVersion: (version, asked) => version === asked,
    };
    return (await readRemote(reader, options, this.#store)) ?? this.#nothing();
  }

  async write(...[key, body, options]: Parameters<Bucket['write']>): Promise<StoredObject | undefined> {
    return sendInBlocks(body, this.#store.limits.blockBytes, new ResumableUpload(this.#store, key, options));
  }

  /**
   * In the order of UTF-8, which is the contract's but for characters beyond U+FFFF; no key of ours has any. Listings are
   * strongly consistent: https://cloud.google.com/storage/docs/consistency
   */
  async *list(prefix: string): AsyncIterable<StoredObject> {
    const { location, retry } = this.#store;
    const ask = async (pageToken: string | undefined) => {
      const url = this.#listing(prefix, { maxResults: '1000', ...(pageToken === undefined ? {} : { pageToken }) });
      const page = await retry(async () => {
        const { content } = await this.#store.askOnce({ method: 'GET', url });
        return parse(Page, content, this.url);
      });
      return { page, next: page.nextPageToken };
    };
    for await (const { items } of pagesOf(this.url, ask)) {
      for (const item of items) yield describe(location.toKey(item.name), item);
    }
  }

  async remove(key: string): Promise<void> {
    const url = this.#store.objects({}, this.#store.location.toName(key));
    await this.#store.ask({ method: 'DELETE', url, accept: [404] });
  }

  check(): Promise<void> {
    return checkRemote(this, never);
  }

  async #media(
    key: string,
    name: string,
    { range, version }: ReadOptions,
  ): Promise<Answer | 'past the end' | undefined> {
    const url = this.#store.objects({ alt: 'media', ...ifStill(version) }, name);
    // Asking for gzip gives what is stored; without it the store would unpack objects that are marked as packed.
    const headers = { 'accept-encoding': 'gzip', ...(range === undefined ? {} : { range: rangeHeader(range) }) };
    const answer = await this.#store.stream({ method: 'GET', url, headers, accept: [404, 412, 416] });
    const { status, content: stream } = answer;
    if (status < 300) {
      const contentRange = answer.headers['content-range'];
      const object = describeBody(key, answer.headers);
      return { status, object, contentRange, stream, checksum: md5Of(answer.headers) };
    }
    stream.destroy();
    return status === 416 ? 'past the end' : undefined;
  }

  async #metadata(key: string, name: string, version: Version | undefined): Promise<StoredObject | undefined> {
    const url = this.#store.objects({ fields: RESOURCE_FIELDS, ...ifStill(version) }, name);
    const { status, content } = await this.#store.askOnce({ method: 'GET', url, accept: [404, 412] });
    return status < 300 ? describe(key, parse(Resource, content, this.url)) : undefined;
  }

  /** A missing object and a missing bucket get the same answer, so the bucket is asked for itself, once. */
  async #nothing(): Promise<undefined> {
    const url = this.#listing('', { maxResults: '1' });
    // Who may read but not list has been told the truth before: 404 is only for those who may know.
    this.#existence ??= this.#store.ask({ method: 'GET', url, accept: [403] }).catch((error: unknown) => {
      this.#existence = undefined;
      throw error;
    });
    await this.#existence;
    return undefined;
  }

  #listing(prefix: string, query: Readonly<Record<string, string>>): string {
    return this.#store.objects({ prefix: this.#store.location.toNames(prefix), fields: PAGE_FIELDS, ...query });
  }
}
