/** Two ways into the bucket: one request for what fits in a block, a resumable session for everything longer. */
import { createHash, randomUUID } from 'node:crypto';
import type { StoredObject, WriteOptions } from '../contract.ts';
import type { Sender } from '../remote/blocks.ts';
import { notUnderstood, objectDamaged } from '../remote/errors.ts';
import type { Retry } from '../remote/options.ts';
import { newWrite, type Outcome, type Write, writeSurely } from '../remote/write.ts';
import type { GcsApi } from './api.ts';
import { describe, parse, RESOURCE_FIELDS, Resource } from './object.ts';
import { ResumableSession } from './session.ts';

export class Upload implements Sender {
  readonly api: GcsApi;
  readonly retry: Retry;
  /** The bucket, for messages. */
  readonly url: string;
  readonly #key: string;
  readonly #name: string;
  readonly #options: WriteOptions;
  readonly #write: Write;

  /** `name` is what the key is called in the store. */
  constructor(
    store: { readonly api: GcsApi; readonly retry: Retry; readonly url: string },
    object: { readonly key: string; readonly name: string; readonly options: WriteOptions },
  ) {
    this.api = store.api;
    this.retry = store.retry;
    this.url = store.url;
    this.#key = object.key;
    this.#name = object.name;
    this.#options = object.options;
    this.#write = newWrite(object.options.onlyIf);
  }

  /** https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects */
  whole(bytes: Uint8Array): Promise<StoredObject | undefined> {
    const md5Hash = createHash('md5').update(bytes).digest('base64');
    const boundary = `tidemill-${randomUUID()}`;
    const resource = JSON.stringify({ ...this.#resource(), md5Hash });
    const body = Buffer.concat([
      Buffer.from(`--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${resource}\r\n`),
      Buffer.from(`--${boundary}\r\ncontent-type: ${this.#options.contentType}\r\n\r\n`),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return this.settle(async () => {
      const url = this.#address('multipart');
      const headers = { 'content-type': `multipart/related; boundary=${boundary}` };
      const { status, content } = await this.api.text({ method: 'POST', url, headers, body, accept: [412] });
      return status === 412 ? 'refused' : this.confirm(content, md5Hash);
    });
  }

  async open(): Promise<ResumableSession | undefined> {
    const url = this.#address('resumable');
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const body = JSON.stringify(this.#resource());
    const answer = await this.retry(() => this.api.text({ method: 'POST', url, headers, body, accept: [412] }));
    if (answer.status === 412) return undefined;
    const { location } = answer.headers;
    if (location === undefined) throw notUnderstood(this.url);
    return new ResumableSession(this, location);
  }

  /** Attempts until it is known whether the object was written. */
  settle(attempt: () => Promise<Outcome>): Promise<StoredObject | undefined> {
    const current = () => this.#current();
    return writeSurely({ url: this.url, key: this.#key, write: this.#write, attempt, current }, this.retry);
  }

  /** The object that the store says it has made, if it is what was sent. Not every store compares by itself. */
  async confirm(content: string, md5Hash: string): Promise<StoredObject> {
    const resource = parse(Resource, content, this.url);
    if (resource.md5Hash === undefined || resource.md5Hash === md5Hash) return describe(this.#key, resource);
    const { generation } = resource;
    const url = this.api.objects({ ifGenerationMatch: generation }, this.#name);
    await this.api.text({ method: 'DELETE', url, accept: [404, 412] });
    throw objectDamaged(this.url, this.#key);
  }

  async #current() {
    const url = this.api.objects({ fields: RESOURCE_FIELDS }, this.#name);
    const { status, content } = await this.api.text({ method: 'GET', url, accept: [404] });
    if (status === 404) return undefined;
    const resource = parse(Resource, content, this.url);
    return { object: describe(this.#key, resource), metadata: resource.metadata };
  }

  #resource() {
    return { name: this.#name, contentType: this.#options.contentType, metadata: this.#write.metadata };
  }

  #address(uploadType: 'multipart' | 'resumable'): string {
    const { onlyIf } = this.#options;
    const precondition: Record<string, string> =
      onlyIf === undefined ? {} : { ifGenerationMatch: onlyIf === 'absent' ? '0' : onlyIf.version };
    return this.api.uploads({ uploadType, fields: RESOURCE_FIELDS, ...precondition });
  }
}
