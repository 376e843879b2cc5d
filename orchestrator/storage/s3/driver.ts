/**
 * S3, and what speaks its language (MinIO, R2), as a bucket. Objects carry the id of the write they come from in their
 * metadata: it makes versions of equal bytes differ, and a write whose answer was lost is known again by it.
 */
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Bucket, OpenBucket, StoredObject } from '../contract.ts';
import { sendInBlocks } from '../remote/blocks.ts';
import { wholeBody } from '../remote/body.ts';
import { checkRemote, preconditionCheck } from '../remote/check.ts';
import { notUnderstood } from '../remote/errors.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { pagesOf } from '../remote/pages.ts';
import { Declined, S3Store } from './store.ts';
import { MultipartUpload } from './upload.ts';
import { crc32Of, versionOf } from './version.ts';

/** Opens `s3://NAME[/PREFIX]` without asking the network. Throws a TidemillError of kind `config` when it is none. */
export function openS3Bucket(options: RemoteOptions): Bucket {
  return new S3Bucket(new S3Store(options));
}

export default openS3Bucket satisfies OpenBucket;

/** An ETag alone, which nothing but `If-Match` is compared with. */
const never = (): string => '"00000000000000000000000000000000"';

class S3Bucket implements Bucket {
  readonly url: string;
  readonly #store: S3Store;
  readonly checkPreconditions = preconditionCheck(this, never);

  constructor(store: S3Store) {
    this.url = store.location.url;
    this.#store = store;
  }

  async read(key: string): Promise<(StoredObject & { readonly body: AsyncIterable<Uint8Array> }) | undefined> {
    const { limits, retry } = this.#store;
    const answer = await retry(() => this.#get(key, {}));
    if (answer === undefined) return undefined;
    const { ETag, ContentLength, LastModified, Metadata, ChecksumCRC32, stream } = answer;
    if (ETag === undefined || ContentLength === undefined || LastModified === undefined) {
      stream.destroy();
      throw notUnderstood(this.url);
    }
    const reopen = async (offset: number) =>
      (await this.#get(key, { IfMatch: ETag, Range: `bytes=${offset}-` }))?.stream;
    const object = { key, version: versionOf(ETag, Metadata), bytes: ContentLength, updatedAt: LastModified };
    const source = { ...object, url: this.url, first: stream, reopen, checksum: crc32Of(ChecksumCRC32, Metadata) };
    return { ...object, body: wholeBody(source, limits, retry) };
  }

  async write(...[key, body, options]: Parameters<Bucket['write']>): Promise<StoredObject | undefined> {
    return sendInBlocks(body, this.#store.limits.blockBytes, new MultipartUpload(this.#store, key, options));
  }

  /**
   * In the order of UTF-8, which is the contract's but for characters beyond U+FFFF; no key of ours has any. Versions
   * are ETags alone: a listing does not have the metadata.
   */
  async *list(prefix: string): AsyncIterable<StoredObject> {
    const { client, location } = this.#store;
    const input = { Bucket: location.name, Prefix: location.toNames(prefix) };
    const ask = async (token: string | undefined) => {
      const command = new ListObjectsV2Command(token === undefined ? input : { ...input, ContinuationToken: token });
      const page = await this.#store.ask((o) => client.send(command, o));
      if (page instanceof Declined) throw notUnderstood(this.url);
      return { page: page.Contents ?? [], next: page.IsTruncated ? page.NextContinuationToken : undefined };
    };
    for await (const objects of pagesOf(this.url, ask)) {
      for (const { Key, ETag, Size, LastModified } of objects) {
        if (Key === undefined || ETag === undefined || LastModified === undefined) throw notUnderstood(this.url);
        yield { key: location.toKey(Key), version: versionOf(ETag), bytes: Size ?? 0, updatedAt: LastModified };
      }
    }
  }

  async remove(key: string): Promise<void> {
    const input = this.#store.at(this.#store.location.toName(key));
    await this.#store.ask((o) => this.#store.client.send(new DeleteObjectCommand(input), o), ['NoSuchKey']);
  }

  check(): Promise<void> {
    return checkRemote(this, never);
  }

  /** The object from the byte that a range begins with; undefined when there is none, or not the one of `IfMatch`. */
  async #get(key: string, which: { readonly IfMatch?: string; readonly Range?: string }) {
    const input = { ...this.#store.at(this.#store.location.toName(key)), ...which, ChecksumMode: 'ENABLED' as const };
    const answer = await this.#store.askOnce(
      (o) => this.#store.client.send(new GetObjectCommand(input), o),
      ['NoSuchKey', 412],
    );
    if (answer instanceof Declined) return undefined;
    if (!(answer.Body instanceof Readable)) throw notUnderstood(this.url);
    // It may break before anybody reads it; who reads it then is told.
    answer.Body.on('error', () => undefined);
    return { ...answer, stream: answer.Body };
  }
}
