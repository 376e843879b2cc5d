/**
 * Google Cloud Storage on the loopback interface, written from its specification and strict: a parameter it does not
 * know is an error, preconditions and checksums are held, pages are small. Who asks does not matter.
 * https://cloud.google.com/storage/docs/json_api/v1
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cut, partIn } from './byte-range.ts';
import { selectFields } from './gcs-fields.ts';
import { failure, only, type Reply, type Request, read, send } from './gcs-http.ts';
import { GcsBucketContents, GcsError, type GcsObject } from './gcs-objects.ts';
import { announced, parseRelated, ResumableUpload } from './gcs-uploads.ts';

export interface GcsServerOptions {
  /** The longest page of a listing, whatever is asked for. */
  readonly pageLength?: number;
  /** The most bytes a resumable session keeps of one request; it is asked to send the rest again. */
  readonly appetite?: number;
}

export interface GcsServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request, as `METHOD /path?query`. */
  readonly requests: readonly string[];
  createBucket(name: string): void;
  objects(bucket: string): readonly GcsObject[];
  /** Resumable sessions that were neither finished nor cancelled. */
  openSessions(): number;
  /** From now on every request is answered with this status, as to somebody without permission. */
  refuse(status: 401 | 403 | undefined): void;
}

/** Starts one on a free port, without a bucket; a page of a listing has a hundred objects unless told otherwise. */
export async function startGcsServer(options: GcsServerOptions = {}): Promise<GcsServer> {
  const service = new Service({ pageLength: 100, appetite: Number.POSITIVE_INFINITY, ...options });
  const requests: string[] = [];
  let refusal: number | undefined;
  const server = createServer(async (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const request = await read(incoming);
    try {
      if (refusal !== undefined) throw new GcsError(refusal, 'forbidden', 'does not have storage.objects.get access');
      send(outgoing, service.answer(request));
    } catch (error) {
      send(outgoing, failure(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    createBucket: (name) => void service.buckets.set(name, new GcsBucketContents()),
    objects: (bucket) => service.bucket(bucket).objects,
    openSessions: () => [...service.sessions.values()].filter(({ isOpen }) => isOpen).length,
    refuse: (status) => {
      refusal = status;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const READING = ['alt', 'generation', 'ifGenerationMatch', 'fields'];

class Service {
  readonly buckets = new Map<string, GcsBucketContents>();
  readonly sessions = new Map<string, ResumableUpload>();
  readonly #options: Required<GcsServerOptions>;

  constructor(options: Required<GcsServerOptions>) {
    this.#options = options;
  }

  bucket(name: string): GcsBucketContents {
    const contents = this.buckets.get(name);
    if (contents !== undefined) return contents;
    throw new GcsError(404, 'notFound', 'The specified bucket does not exist.');
  }

  answer(request: Request): Reply {
    const [, upload, bucket = '', name] =
      /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(request.path) ?? [];
    const route = `${upload === undefined ? '' : 'upload '}${name === undefined ? 'objects' : 'object'} ${request.method}`;
    const object = decodeURIComponent(name ?? '');
    switch (route) {
      case 'objects GET':
        return this.#list(bucket, only(request.query, 'prefix', 'maxResults', 'pageToken', 'fields'));
      case 'object GET':
        return this.#get(bucket, object, only(request.query, ...READING), request.headers.range);
      case 'object DELETE':
        return this.#delete(bucket, object, only(request.query, 'generation', 'ifGenerationMatch'));
      case 'upload objects POST':
        return this.#upload(bucket, only(request.query, 'uploadType', 'name', 'ifGenerationMatch', 'fields'), request);
      case 'upload objects PUT':
        return this.#block(bucket, only(request.query, 'uploadType', 'upload_id', 'fields'), request);
      case 'upload objects DELETE':
        return this.#cancel(only(request.query, 'uploadType', 'upload_id', 'fields'));
      default:
        throw new GcsError(404, 'notFound', 'Not Found');
    }
  }

  #list(bucket: string, { prefix = '', maxResults = '1000', pageToken, fields }: Record<string, string>): Reply {
    if (!/^[1-9]\d*$/.test(maxResults)) throw new GcsError(400, 'invalid', 'Invalid maxResults');
    const after = pageToken === undefined ? undefined : Buffer.from(pageToken, 'base64url').toString();
    if (after !== undefined && !after.startsWith(prefix)) throw new GcsError(400, 'invalid', 'Invalid pageToken');
    const length = Math.min(Number(maxResults), this.#options.pageLength);
    const { items, next } = this.bucket(bucket).page(prefix, after, length);
    const page = {
      kind: 'storage#objects',
      ...(next === undefined ? {} : { nextPageToken: Buffer.from(next).toString('base64url') }),
      ...(items.length === 0 ? {} : { items: items.map((item) => item.resource(bucket)) }),
    };
    return { status: 200, json: selectFields(page, fields) };
  }

  #get(
    bucket: string,
    name: string,
    { alt = 'json', generation, ifGenerationMatch, fields }: Record<string, string>,
    range?: string,
  ): Reply {
    const contents = this.bucket(bucket);
    const object = contents.find(name, generation);
    contents.require(name, ifGenerationMatch);
    if (alt === 'json') return { status: 200, json: selectFields(object.resource(bucket), fields) };
    if (alt !== 'media') throw new GcsError(400, 'invalid', 'Invalid alt');
    const headers = {
      'content-type': object.contentType,
      'x-goog-generation': object.generation,
      'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
      'x-goog-stored-content-encoding': 'identity',
      'x-goog-stored-content-length': String(object.size),
      'last-modified': object.updated.toUTCString(),
    };
    if (range === undefined) return { status: 200, headers, chunks: object.chunks };
    const part = partIn(range, object.size);
    // Also of an object without bytes: https://github.com/googleapis/google-cloud-go/issues/242
    if (part === 'no range') throw new GcsError(400, 'invalid', `Invalid range ${range}`);
    if (part === 'nothing') throw new GcsError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable');
    // What it says of the object is of the whole of it.
    const chunks = [...cut(object.chunks, part)];
    return { status: 206, headers: { ...headers, 'content-range': part.contentRange }, chunks };
  }

  #delete(bucket: string, name: string, { generation, ifGenerationMatch }: Record<string, string>): Reply {
    const contents = this.bucket(bucket);
    contents.find(name, generation);
    contents.require(name, ifGenerationMatch);
    contents.remove(name);
    return { status: 204 };
  }

  #upload(bucket: string, query: Record<string, string>, { headers, body, isWhole }: Request): Reply {
    const contents = this.bucket(bucket);
    const { uploadType, name, ifGenerationMatch, fields } = query;
    if (!isWhole) throw new GcsError(400, 'invalid', 'The body is not whole');
    if (uploadType === 'multipart') {
      const { json, type, bytes } = parseRelated(headers['content-type'] ?? '', body);
      const { checksums, ...object } = announced(json, name);
      if (object.contentType !== type) throw new GcsError(400, 'invalid', 'Two content types');
      const made = contents.put({ ...object, chunks: [bytes] }, checksums, ifGenerationMatch);
      return { status: 200, json: selectFields(made.resource(bucket), fields) };
    }
    if (uploadType !== 'resumable') throw new GcsError(400, 'invalid', 'Invalid uploadType');
    const session = new ResumableUpload(
      contents,
      announced(body.toString(), name),
      ifGenerationMatch,
      this.#options.appetite,
    );
    this.sessions.set(session.id, session);
    const shown = fields === undefined ? '' : `&fields=${encodeURIComponent(fields)}`;
    const location = `http://${headers.host}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${session.id}`;
    return { status: 200, headers: { location: location + shown } };
  }

  #block(
    bucket: string,
    { upload_id = '', fields }: Record<string, string>,
    { headers, body, isWhole }: Request,
  ): Reply {
    const session = this.#session(upload_id);
    const hash = headers['x-goog-hash'];
    const { object, stored } = session.put(headers['content-range'] ?? '', hash?.toString(), body, isWhole);
    if (object !== undefined) return { status: 200, json: selectFields(object.resource(bucket), fields) };
    return { status: 308, headers: stored === 0 ? {} : { range: `bytes=0-${stored - 1}` } };
  }

  #cancel({ upload_id = '' }: Record<string, string>): Reply {
    this.#session(upload_id);
    this.sessions.delete(upload_id);
    return { status: 499 };
  }

  #session(id: string): ResumableUpload {
    const session = this.sessions.get(id);
    if (session !== undefined) return session;
    throw new GcsError(404, 'notFound', 'No such upload session');
  }
}
