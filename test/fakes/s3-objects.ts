/** The objects of a fake S3: ETags, conditional writes, multipart uploads, listing. */
import { createHash, randomUUID } from 'node:crypto';
import { crc32Base64, S3Error } from './s3-http.ts';

export interface S3Object {
  readonly key: string;
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** Quoted, as in headers. */
  readonly etag: string;
  readonly crc32: string;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModified: Date;
}

/** What is said of an object before its bytes come. */
export type Announced = Pick<S3Object, 'key' | 'contentType' | 'metadata'>;

export interface Conditions {
  readonly ifNoneMatch: string | undefined;
  readonly ifMatch: string | undefined;
}

interface Part {
  readonly body: Buffer;
  readonly etag: string;
  readonly crc32: string;
}

interface MultipartUpload {
  readonly announced: Announced;
  readonly parts: Map<number, Part>;
}

export interface CompletedPart {
  readonly number: number;
  readonly etag: string;
  readonly crc32: string | undefined;
}

const md5 = (chunks: Iterable<Uint8Array>): Buffer => {
  const hash = createHash('md5');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
};

export class S3BucketContents {
  readonly uploads = new Map<string, MultipartUpload>();
  readonly #objects = new Map<string, S3Object>();
  readonly #minPartBytes: number;

  constructor(minPartBytes: number) {
    this.#minPartBytes = minPartBytes;
  }

  get objects(): readonly S3Object[] {
    return [...this.#objects.values()];
  }

  find(key: string): S3Object {
    const object = this.#objects.get(key);
    if (object !== undefined) return object;
    throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  }

  put(announced: Announced, body: Buffer, conditions: Conditions): S3Object {
    const etag = `"${md5([body]).toString('hex')}"`;
    const crc32 = crc32Base64([body]);
    return this.#keep({ ...announced, chunks: [body], etag, crc32, checksumType: 'FULL_OBJECT' }, conditions);
  }

  remove(key: string): void {
    this.#objects.delete(key);
  }

  createUpload(announced: Announced): string {
    const id = randomUUID();
    this.uploads.set(id, { announced, parts: new Map() });
    return id;
  }

  uploadOf(id: string): MultipartUpload {
    const upload = this.uploads.get(id);
    if (upload !== undefined) return upload;
    throw new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
  }

  putPart(uploadId: string, number: number, body: Buffer): Part {
    if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, 'InvalidArgument');
    const part = { body, etag: `"${md5([body]).toString('hex')}"`, crc32: crc32Base64([body]) };
    this.uploadOf(uploadId).parts.set(number, part);
    return part;
  }

  complete(uploadId: string, listed: readonly CompletedPart[], conditions: Conditions): S3Object {
    const { announced, parts } = this.uploadOf(uploadId);
    if (listed.length === 0) throw new S3Error(400, 'MalformedXML');
    const isInOrder = listed.every(({ number }, index) => number > (listed[index - 1]?.number ?? 0));
    if (!isInOrder) throw new S3Error(400, 'InvalidPartOrder');
    const found = listed.map(({ number, etag, crc32 }, index) => {
      const part = parts.get(number);
      if (part === undefined || part.etag !== etag) throw new S3Error(400, 'InvalidPart');
      if (crc32 === undefined) throw new S3Error(400, 'InvalidRequest', 'The checksum of each part must be given.');
      if (part.crc32 !== crc32) throw new S3Error(400, 'InvalidPart');
      if (part.body.length < this.#minPartBytes && index < listed.length - 1) throw new S3Error(400, 'EntityTooSmall');
      return part;
    });
    const digests = found.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex'));
    const checksums = found.map(({ crc32 }) => Buffer.from(crc32, 'base64'));
    const made = this.#keep(
      {
        ...announced,
        chunks: found.map(({ body }) => body),
        etag: `"${md5(digests).toString('hex')}-${found.length}"`,
        crc32: `${crc32Base64(checksums)}-${found.length}`,
        checksumType: 'COMPOSITE',
      },
      conditions,
    );
    this.uploads.delete(uploadId);
    return made;
  }

  /** In the order of the keys' UTF-8 bytes. */
  page(prefix: string, after: string | undefined, length: number): { items: S3Object[]; next: string | undefined } {
    const found = this.objects
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
      .filter(({ key }) => after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
    const items = found.slice(0, length);
    return { items, next: found.length > length ? items.at(-1)?.key : undefined };
  }

  #keep(object: Omit<S3Object, 'bytes' | 'lastModified'>, { ifNoneMatch, ifMatch }: Conditions): S3Object {
    const current = this.#objects.get(object.key);
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw new S3Error(501, 'NotImplemented');
    if (ifNoneMatch === '*' && current !== undefined) throw new S3Error(412, 'PreconditionFailed');
    if (ifMatch !== undefined && current === undefined) throw new S3Error(404, 'NoSuchKey');
    if (ifMatch !== undefined && current?.etag !== ifMatch) throw new S3Error(412, 'PreconditionFailed');
    const bytes = object.chunks.reduce((sum, { length }) => sum + length, 0);
    const kept = { ...object, bytes, lastModified: new Date() };
    this.#objects.set(object.key, kept);
    return kept;
  }
}
