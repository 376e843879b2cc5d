/**
 * S3 on the loopback interface, written from its specification and strict: a parameter it does not know is an error,
 * conditions and checksums are held, pages are small, parts have their least size. Requests must be signed, but by whom
 * does not matter. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cut, partIn } from './byte-range.ts';
import { checkBody, failure, type Reply, type Request, read, S3Error, send, xml } from './s3-http.ts';
import { type Announced, type CompletedPart, type Conditions, S3BucketContents, type S3Object } from './s3-objects.ts';

export interface S3ServerOptions {
  /** The longest page of a listing, whatever is asked for. */
  readonly pageLength?: number;
  /** Least length of every part but the last, 5 MiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
  readonly minPartBytes?: number;
  /** As a store that creates only where it is told to, and swaps whatever the version. */
  readonly ignores?: 'if-match';
  /**
   * As stores that list ETags without their quotes (https://github.com/duckdb/duckdb-httpfs/pull/291), or take them in the
   * `If-Match` of a write without them alone (https://github.com/slatedb/slatedb/issues/1818).
   */
  readonly bareETags?: 'listed' | 'compared';
}

export interface S3Server extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request, as `METHOD /path?query`. */
  readonly requests: readonly string[];
  createBucket(name: string): void;
  objects(bucket: string): readonly S3Object[];
  /** Multipart uploads that were neither completed nor aborted. */
  openUploads(bucket: string): number;
  /** Gives up every multipart upload of the bucket, as a lifecycle rule does. */
  forgetUploads(bucket: string): void;
  /** From now on every request is answered with this error, or as it was before. */
  refuse(status: number | undefined, code?: string): void;
  /** The next conditional writes, this many, meet another one. */
  conflict(times: number): void;
}

/** Starts one on a free port, without a bucket; a page of a listing has a hundred objects unless told otherwise. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { minPartBytes = 5 * 1024 * 1024 } = options;
  const service = new Service(options);
  const requests: string[] = [];
  let refusal: S3Error | undefined;
  const server = createServer(async (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const request = await read(incoming);
    if (request === undefined) return;
    try {
      if (refusal !== undefined) throw refusal;
      send(outgoing, service.answer(request), request.method);
    } catch (error) {
      send(outgoing, failure(error), request.method);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    createBucket: (name) => void service.buckets.set(name, new S3BucketContents(minPartBytes)),
    objects: (bucket) => service.bucket(bucket).objects,
    openUploads: (bucket) => service.bucket(bucket).uploads.size,
    forgetUploads: (bucket) => service.bucket(bucket).uploads.clear(),
    refuse: (status, code = 'AccessDenied') => {
      refusal = status === undefined ? undefined : new S3Error(status, code);
    },
    conflict: (times) => {
      service.conflicts = times;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Service {
  readonly buckets = new Map<string, S3BucketContents>();
  conflicts = 0;
  readonly #options: S3ServerOptions;

  constructor(options: S3ServerOptions) {
    this.#options = options;
  }

  bucket(name: string): S3BucketContents {
    const contents = this.buckets.get(name);
    if (contents !== undefined) return contents;
    throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }

  answer(request: Request): Reply {
    if (!request.headers['authorization']?.startsWith('AWS4-HMAC-SHA256 ')) throw new S3Error(403, 'AccessDenied');
    checkBody(request);
    const operation = operationOf(request);
    const contents = this.bucket(request.bucket);
    switch (operation) {
      case 'ListObjectsV2':
        return this.#list(contents, request.query);
      case 'GetObject':
        return get(current(contents, request), request.headers);
      case 'HeadObject': {
        const object = current(contents, request);
        return { status: 200, headers: describe(object), length: object.bytes };
      }
      case 'DeleteObject':
        contents.remove(request.key);
        return { status: 204 };
      case 'PutObject': {
        const made = contents.put(announced(request), request.body, this.#conditions(request));
        return { status: 200, headers: { etag: made.etag, 'x-amz-checksum-crc32': made.crc32 } };
      }
      case 'UploadPart': {
        const { uploadId = '', partNumber } = request.query;
        const part = contents.putPart(uploadId, Number(partNumber), request.body);
        return { status: 200, headers: { etag: part.etag, 'x-amz-checksum-crc32': part.crc32 } };
      }
      case 'CreateMultipartUpload': {
        if (request.headers['x-amz-checksum-algorithm'] !== 'CRC32') throw new S3Error(501, 'NotImplemented');
        const UploadId = contents.createUpload(announced(request));
        return { status: 200, xml: xml('InitiateMultipartUploadResult', { Key: request.key, UploadId }) };
      }
      case 'CompleteMultipartUpload': {
        const parts = parseParts(request.body.toString());
        const { etag } = contents.complete(request.query['uploadId'] ?? '', parts, this.#conditions(request));
        return { status: 200, xml: xml('CompleteMultipartUploadResult', { Key: request.key, ETag: etag }) };
      }
      case 'AbortMultipartUpload':
        contents.uploadOf(request.query['uploadId'] ?? '');
        contents.uploads.delete(request.query['uploadId'] ?? '');
        return { status: 204 };
      default:
        return operation satisfies never;
    }
  }

  #conditions({ headers }: Request): Conditions {
    const { ignores, bareETags } = this.#options;
    const compared = bareETags === 'compared' ? headers['if-match']?.replace(/"/g, '""') : headers['if-match'];
    const ifMatch = ignores === 'if-match' ? undefined : compared;
    const conditions = { ifNoneMatch: headers['if-none-match'], ifMatch };
    const isConditional = conditions.ifNoneMatch !== undefined || conditions.ifMatch !== undefined;
    if (isConditional && this.conflicts > 0) {
      this.conflicts -= 1;
      throw new S3Error(409, 'ConditionalRequestConflict');
    }
    return conditions;
  }

  #list(contents: S3BucketContents, query: Readonly<Record<string, string>>): Reply {
    const token = query['continuation-token'];
    const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
    const { pageLength = 100, bareETags } = this.#options;
    const { prefix = '', 'max-keys': maxKeys = '1000' } = query;
    if (!/^[1-9]\d*$/.test(maxKeys) || (after !== undefined && !after.startsWith(prefix))) {
      throw new S3Error(400, 'InvalidArgument');
    }
    const { items, next } = contents.page(prefix, after, Math.min(Number(maxKeys), pageLength));
    const listed = items.map(({ key, etag, bytes, lastModified }) => {
      const ETag = bareETags === 'listed' ? etag.replaceAll('"', '') : etag;
      return xml('Contents', { Key: key, LastModified: lastModified.toISOString(), ETag, Size: String(bytes) });
    });
    const IsTruncated = String(next !== undefined);
    const NextContinuationToken = next === undefined ? undefined : Buffer.from(next).toString('base64url');
    const members = {
      Prefix: prefix,
      KeyCount: String(items.length),
      IsTruncated,
      NextContinuationToken,
      ContentsXml: listed,
    };
    return { status: 200, xml: xml('ListBucketResult', members) };
  }
}

/** Operations by method, place and the parameters that name them; whatever else a request has must be known to them. */
const OPERATIONS = {
  ListObjectsV2: { at: 'GET bucket', named: ['list-type'], known: ['prefix', 'max-keys', 'continuation-token'] },
  GetObject: { at: 'GET object', named: [], known: [] },
  HeadObject: { at: 'HEAD object', named: [], known: [] },
  DeleteObject: { at: 'DELETE object', named: [], known: [] },
  PutObject: { at: 'PUT object', named: [], known: [] },
  UploadPart: { at: 'PUT object', named: ['partNumber', 'uploadId'], known: [] },
  CreateMultipartUpload: { at: 'POST object', named: ['uploads'], known: [] },
  CompleteMultipartUpload: { at: 'POST object', named: ['uploadId'], known: [] },
  AbortMultipartUpload: { at: 'DELETE object', named: ['uploadId'], known: [] },
} as const satisfies Record<string, { at: string; named: readonly string[]; known: readonly string[] }>;

type Operation = keyof typeof OPERATIONS;

function operationOf({ method, key, query }: Request): Operation {
  const { 'x-id': id, ...parameters } = query;
  const at = `${method} ${key === '' ? 'bucket' : 'object'}`;
  const found = (Object.keys(OPERATIONS) as Operation[]).find((name) => {
    const {
      named,
      known,
      at: place,
    }: { at: string; named: readonly string[]; known: readonly string[] } = OPERATIONS[name];
    const rest = Object.keys(parameters).filter((parameter) => !named.includes(parameter));
    return (
      place === at &&
      named.every((parameter) => parameter in parameters) &&
      rest.every((parameter) => known.includes(parameter))
    );
  });
  if (found === undefined || (id !== undefined && id !== found))
    throw new S3Error(400, 'InvalidRequest', `${at} ${Object.keys(query)}`);
  return found;
}

function announced({ key, headers }: Request): Announced {
  const META = 'x-amz-meta-';
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(META) ? [[name.slice(META.length), value] as const] : [],
  );
  const contentType = headers['content-type'] ?? 'binary/octet-stream';
  return { key, contentType, metadata: Object.fromEntries(metadata) };
}

function describe(object: S3Object): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return {
    etag: object.etag,
    'content-type': object.contentType,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    ...Object.fromEntries(metadata),
  };
}

function current(contents: S3BucketContents, { key, headers }: Request): S3Object {
  const object = contents.find(key);
  if ((headers['if-match'] ?? object.etag) !== object.etag) throw new S3Error(412, 'PreconditionFailed');
  return object;
}

function get(object: S3Object, { range, 'x-amz-checksum-mode': mode }: Request['headers']): Reply {
  const described = describe(object);
  // The last bytes of nothing are all there is: https://github.com/apache/arrow-rs-object-store/issues/846
  if (range === undefined || (object.bytes === 0 && /^bytes=-[1-9]/.test(range))) {
    const checksum = { 'x-amz-checksum-crc32': object.crc32, 'x-amz-checksum-type': object.checksumType };
    return { status: 200, headers: { ...described, ...(mode === 'ENABLED' ? checksum : {}) }, chunks: object.chunks };
  }
  const part = partIn(range, object.bytes);
  if (part === 'no range') throw new S3Error(400, 'InvalidArgument', `Invalid range ${range}`);
  if (part === 'nothing') throw new S3Error(416, 'InvalidRange');
  const chunks = [...cut(object.chunks, part)];
  return { status: 206, headers: { ...described, 'content-range': part.contentRange }, chunks };
}

/** The order of the elements of a part does not matter. */
function parseParts(document: string): CompletedPart[] {
  return [...document.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => {
    const member = (name: string) =>
      new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(part)?.[1]?.replaceAll('&quot;', '"');
    return { number: Number(member('PartNumber')), etag: member('ETag') ?? '', crc32: member('ChecksumCRC32') };
  });
}
