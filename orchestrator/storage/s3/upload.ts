/** Two ways into the bucket: one request for what fits in a block, a multipart upload for everything longer. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { StoredObject, WriteOptions } from '../contract.ts';
import type { BlockSession, Sender } from '../remote/blocks.ts';
import { bucketUnavailable, notUnderstood } from '../remote/errors.ts';
import { newWrite, WRITE_ID, type Write, type WriteOutcome, writeSurely } from '../remote/write.ts';
import { Declined, type S3Store } from './store.ts';
import { BLOCK_BYTES, readVersion, versionOf } from './version.ts';

/** With `If-Match` a missing object is a precondition that does not hold, too. */
const REFUSALS = [412, 'NoSuchKey'];

export class MultipartUpload implements Sender {
  readonly store: S3Store;
  readonly name: string;
  readonly #key: string;
  readonly #options: WriteOptions;
  readonly #write: Write;

  constructor(store: S3Store, key: string, options: WriteOptions) {
    this.store = store;
    this.name = store.location.toName(key);
    this.#key = key;
    this.#options = options;
    this.#write = newWrite(options.onlyIf);
  }

  async whole(bytes: Uint8Array): Promise<StoredObject | undefined> {
    if (!(await this.#mayHold())) return undefined;
    const input = { ...this.store.at(this.name), ...this.#headers(), ...this.precondition(), Body: bytes };
    return this.settle(async () => {
      const answer = await this.store.askOnce((o) => this.store.client.send(new PutObjectCommand(input), o), REFUSALS);
      return answer instanceof Declined ? 'refused' : this.describe(answer.ETag, bytes.length);
    });
  }

  async open(): Promise<MultipartSession | undefined> {
    if (!(await this.#mayHold())) return undefined;
    const { ContentType, Metadata } = this.#headers();
    const input = {
      ...this.store.at(this.name),
      ContentType,
      Metadata: { ...Metadata, [BLOCK_BYTES]: String(this.store.limits.blockBytes) },
      ChecksumAlgorithm: 'CRC32' as const,
    };
    const answer = await this.store.ask((o) => this.store.client.send(new CreateMultipartUploadCommand(input), o));
    if (answer instanceof Declined || answer.UploadId === undefined) throw notUnderstood(this.store.location.url);
    return new MultipartSession(this, answer.UploadId);
  }

  /** Attempts until it is known whether the object was written. */
  settle(attempt: () => Promise<WriteOutcome>): Promise<StoredObject | undefined> {
    const current = async () => {
      const head = await this.#head();
      if (head === undefined) return undefined;
      const { ETag, ContentLength = 0, LastModified, Metadata = {} } = head;
      return { object: this.describe(ETag, ContentLength, LastModified), metadata: Metadata };
    };
    const { url } = this.store.location;
    return writeSurely({ url, key: this.#key, write: this.#write, attempt, current }, this.store.retry);
  }

  precondition(): { readonly IfNoneMatch?: '*'; readonly IfMatch?: string } {
    const { onlyIf } = this.#options;
    if (onlyIf === undefined) return {};
    return onlyIf === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: readVersion(onlyIf.version).etag };
  }

  /** Where S3 does not say when it wrote the object, it was now. */
  describe(etag: string | undefined, bytes: number, updatedAt = this.store.clock.now()): StoredObject {
    if (etag === undefined) throw notUnderstood(this.store.location.url);
    return { key: this.#key, version: versionOf(etag, this.#write.metadata), bytes, updatedAt };
  }

  /**
   * `If-Match` cannot tell an object from an earlier one of the same bytes, so the write it comes from is compared
   * first. A swap between the two requests goes unseen only if it brings back the very bytes; states count their
   * revisions and never do.
   */
  async #mayHold(): Promise<boolean> {
    const { onlyIf } = this.#options;
    if (onlyIf === undefined || onlyIf === 'absent') return true;
    const { writeId } = readVersion(onlyIf.version);
    return writeId === undefined || (await this.#head())?.Metadata?.[WRITE_ID] === writeId;
  }

  async #head() {
    const input = this.store.at(this.name);
    const head = await this.store.ask((o) => this.store.client.send(new HeadObjectCommand(input), o), [404]);
    return head instanceof Declined ? undefined : head;
  }

  #headers() {
    return { ContentType: this.#options.contentType, Metadata: this.#write.metadata };
  }
}

/** At most 10,000 parts, so 80 GiB at 8 MiB a part. Some stores want all parts but the last to be equally long. */
class MultipartSession implements BlockSession {
  readonly #upload: MultipartUpload;
  readonly #target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly #parts: CompletedPart[] = [];
  #bytes = 0;

  constructor(upload: MultipartUpload, uploadId: string) {
    this.#upload = upload;
    this.#target = { ...upload.store.at(upload.name), UploadId: uploadId };
  }

  async append(block: Uint8Array): Promise<void> {
    const { store } = this.#upload;
    const PartNumber = this.#parts.length + 1;
    const input = { ...this.#target, PartNumber, Body: block, ChecksumAlgorithm: 'CRC32' as const };
    const answer = await store.ask((o) => store.client.send(new UploadPartCommand(input), o), ['NoSuchUpload']);
    if (answer instanceof Declined)
      throw bucketUnavailable({ url: store.location.url, said: 'the store has given the upload up' });
    if (answer.ETag === undefined) throw notUnderstood(store.location.url);
    const { ETag, ChecksumCRC32 } = answer;
    this.#parts.push({ PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) });
    this.#bytes += block.length;
  }

  async finish(last: Uint8Array): Promise<StoredObject | undefined> {
    await this.append(last);
    const { store } = this.#upload;
    const input = { ...this.#target, ...this.#upload.precondition(), MultipartUpload: { Parts: this.#parts } };
    return this.#upload.settle(async () => {
      const answer = await store.askOnce(
        (o) => store.client.send(new CompleteMultipartUploadCommand(input), o),
        [...REFUSALS, 'NoSuchUpload'],
      );
      if (!(answer instanceof Declined)) return this.#upload.describe(answer.ETag, this.#bytes);
      return answer.code === 'NoSuchUpload' ? 'unclear' : 'refused';
    });
  }

  async cancel(): Promise<void> {
    const { store } = this.#upload;
    // Where this fails, a lifecycle rule of the bucket is what removes unfinished uploads.
    await store
      .ask((o) => store.client.send(new AbortMultipartUploadCommand(this.#target), o), [404])
      .catch(() => undefined);
  }
}
