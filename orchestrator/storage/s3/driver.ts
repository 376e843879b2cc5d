/**
 * S3, and what speaks its language (MinIO, R2), as a bucket. Objects carry the id of the write they come from in their
 * metadata: it makes versions of equal bytes differ, and a write whose answer was lost is known again by it.
 */
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { Bucket, OpenBucket, ReadOptions, StoredBody, StoredObject, Version } from '../contract.ts';
import { sendInBlocks } from '../remote/blocks.ts';
import { checkRemote, preconditionCheck } from '../remote/check.ts';
import { listingCutShort, notUnderstood } from '../remote/errors.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { pagesOf } from '../remote/pages.ts';
import { type Answer, type Reader, rangeHeader, readRemote, sizeIn } from '../remote/read.ts';
import { Declined, S3Store } from './store.ts';
import { MultipartUpload } from './upload.ts';
import { crc32Of, readVersion, versionOf } from './version.ts';

/** Opens `s3://NAME[/PREFIX]` without asking the network. Throws a TidemillError of kind `config` when it is none. */
export function openS3Bucket(options: RemoteOptions): Bucket {
  return new S3Bucket(new S3Store(options));
}

export default openS3Bucket satisfies OpenBucket;

/** An ETag alone, which nothing but `If-Match` is compared with. */
const never = (): string => '"00000000000000000000000000000000"';

type Place = ReturnType<S3Store['at']>;

class S3Bucket implements Bucket {
  readonly url: string;
  readonly isRemote = true;
  readonly #store: S3Store;
  readonly checkPreconditions = preconditionCheck(this, never);

  constructor(store: S3Store) {
    this.url = store.location.url;
    this.#store = store;
  }

  async read(key: string, options: ReadOptions = {}): Promise<StoredBody | undefined> {
    const at = this.#store.at(this.#store.location.toName(key));
    const reader: Reader = {
      url: this.url,
      key,
      get: (asked) => this.#get(key, at, asked),
      head: (version) => this.#head(key, at, version),
      // A listing does not say of which write an object is.
      isVersion: (version, asked) => version === asked || readVersion(version).etag === asked,
    };
    return readRemote(reader, options, this.#store);
  }

  async write(...[key, body, options]: Parameters<Bucket['write']>): Promise<StoredObject | undefined> {
    return sendInBlocks(body, this.#store.limits.blockBytes, new MultipartUpload(this.#store, key, options));
  }

  /**
   * In the order of UTF-8, which is the contract's but for characters beyond U+FFFF; no key of ours has any. Versions
   * are ETags alone: a listing does not have the metadata. Listings are strongly consistent:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
   */
  async *list(prefix: string): AsyncIterable<StoredObject> {
    const { client, location } = this.#store;
    const input = { Bucket: location.name, Prefix: location.toNames(prefix) };
    const ask = async (token: string | undefined) => {
      const command = new ListObjectsV2Command(token === undefined ? input : { ...input, ContinuationToken: token });
      const page = await this.#store.ask((o) => client.send(command, o));
      if (page instanceof Declined) throw notUnderstood(this.url);
      const next = page.IsTruncated ? page.NextContinuationToken : undefined;
      if (page.IsTruncated && !next) throw listingCutShort(this.url);
      return { page: page.Contents ?? [], next };
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

  async #get(key: string, at: Place, { range, version }: ReadOptions): Promise<Answer | 'past the end' | undefined> {
    // The checksum is that of the whole object; the SDK would compare a part with it, too.
    const part = range === undefined ? { ChecksumMode: 'ENABLED' as const } : { Range: rangeHeader(range) };
    const command = new GetObjectCommand({ ...at, ...ifStill(version), ...part });
    const answer = await this.#store.askOnce((o) => this.#store.client.send(command, o), ['NoSuchKey', 412, 416]);
    if (answer instanceof Declined) return answer.status === 416 ? 'past the end' : undefined;
    const { Body: stream, ContentRange: contentRange, ContentLength, ChecksumCRC32, Metadata } = answer;
    if (!(stream instanceof Readable)) throw notUnderstood(this.url);
    // It may break before anybody reads it; who reads it then is told.
    stream.on('error', () => undefined);
    const object = describe(key, answer, Number(sizeIn(contentRange) ?? ContentLength));
    const status = answer.$metadata.httpStatusCode ?? 0;
    return { status, object, contentRange, stream, checksum: crc32Of(ChecksumCRC32, Metadata) };
  }

  async #head(key: string, at: Place, version: Version | undefined): Promise<StoredObject | undefined> {
    const command = new HeadObjectCommand({ ...at, ...ifStill(version) });
    const answer = await this.#store.askOnce((o) => this.#store.client.send(command, o), [404, 412]);
    if (answer instanceof Declined) return undefined;
    const object = describe(key, answer, Number(answer.ContentLength));
    if (object === undefined) throw notUnderstood(this.url);
    return object;
  }
}

const ifStill = (version: Version | undefined): { readonly IfMatch?: string } =>
  version === undefined ? {} : { IfMatch: readVersion(version).etag };

/** Undefined when the answer does not say what it must. */
function describe(
  key: string,
  { ETag, LastModified, Metadata }: Pick<GetObjectCommandOutput, 'ETag' | 'LastModified' | 'Metadata'>,
  bytes: number,
): StoredObject | undefined {
  if (ETag === undefined || LastModified === undefined || !Number.isInteger(bytes)) return undefined;
  return { key, version: versionOf(ETag, Metadata), bytes, updatedAt: LastModified };
}
