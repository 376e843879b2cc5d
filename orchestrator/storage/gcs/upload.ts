/** Two ways into the bucket: one request for what fits in a block, a resumable session for everything longer. */
import { createHash, randomUUID } from 'node:crypto';
import type { StoredObject, WriteOptions } from '../contract.ts';
import type { Sender } from '../remote/blocks.ts';
import { notUnderstood, objectDamaged } from '../remote/errors.ts';
import { newWrite, type Write, type WriteOutcome, writeSurely } from '../remote/write.ts';
import { describe, parse, RESOURCE_FIELDS, Resource } from './object.ts';
import { ResumableSession, type Settling } from './session.ts';
import type { GcsStore } from './store.ts';

export class ResumableUpload implements Sender, Settling {
  readonly #store: GcsStore;
  readonly #key: string;
  /** What the key is called in the store. */
  readonly #name: string;
  readonly #options: WriteOptions;
  readonly #write: Write;

  constructor(store: GcsStore, key: string, options: WriteOptions) {
    this.#store = store;
    this.#key = key;
    this.#name = store.location.toName(key);
    this.#options = options;
    this.#write = newWrite(options.onlyIf);
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
      const { status, content } = await this.#store.askOnce({ method: 'POST', url, headers, body, accept: [412] });
      return status === 412 ? 'refused' : this.confirm(content, md5Hash);
    });
  }

  async open(): Promise<ResumableSession | undefined> {
    const url = this.#address('resumable');
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const body = JSON.stringify(this.#resource());
    const answer = await this.#store.ask({ method: 'POST', url, headers, body, accept: [412] });
    if (answer.status === 412) return undefined;
    const { location } = answer.headers;
    if (location === undefined) throw notUnderstood(this.#store.location.url);
    return new ResumableSession(this.#store, this, location);
  }

  settle(attempt: () => Promise<WriteOutcome>): Promise<StoredObject | undefined> {
    const { location, retry } = this.#store;
    const current = () => this.#current();
    return writeSurely({ url: location.url, key: this.#key, write: this.#write, attempt, current }, retry);
  }

  async confirm(content: string, md5Hash: string): Promise<StoredObject> {
    const { url: bucket } = this.#store.location;
    const resource = parse(Resource, content, bucket);
    if (resource.md5Hash === undefined || resource.md5Hash === md5Hash) return describe(this.#key, resource);
    const url = this.#store.objects({ ifGenerationMatch: resource.generation }, this.#name);
    await this.#store.askOnce({ method: 'DELETE', url, accept: [404, 412] });
    throw objectDamaged(bucket, this.#key);
  }

  async #current() {
    const url = this.#store.objects({ fields: RESOURCE_FIELDS }, this.#name);
    const { status, content } = await this.#store.askOnce({ method: 'GET', url, accept: [404] });
    if (status === 404) return undefined;
    const resource = parse(Resource, content, this.#store.location.url);
    return { object: describe(this.#key, resource), metadata: resource.metadata };
  }

  #resource() {
    return { name: this.#name, contentType: this.#options.contentType, metadata: this.#write.metadata };
  }

  #address(uploadType: 'multipart' | 'resumable'): string {
    const { onlyIf } = this.#options;
    const precondition: Record<string, string> =
      onlyIf === undefined ? {} : { ifGenerationMatch: onlyIf === 'absent' ? '0' : onlyIf.version };
    return this.#store.uploads({ uploadType, fields: RESOURCE_FIELDS, ...precondition });
  }
}
