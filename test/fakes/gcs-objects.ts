/** The objects of a fake Google Cloud Storage: generations, preconditions, checksums, listing. */
import { createHash } from 'node:crypto';
import { crc32c } from './gcs-crc32c.ts';

/** An error as the JSON API answers it. */
export class GcsError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export interface NewObject {
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
}

export class GcsObject {
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
  readonly generation: string;
  readonly size: number;
  readonly updated = new Date();
  readonly md5: string;

  constructor({ name, contentType, metadata, chunks }: NewObject, generation: bigint) {
    this.name = name;
    this.contentType = contentType;
    this.metadata = metadata;
    this.chunks = chunks;
    this.generation = String(generation);
    this.size = chunks.reduce((sum, { length }) => sum + length, 0);
    this.md5 = chunks.reduce((hash, chunk) => hash.update(chunk), createHash('md5')).digest('base64');
  }

  /** Only calculated where somebody looks: it takes its time. */
  get crc32c(): string {
    return crc32c(this.chunks);
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
  resource(bucket: string): object {
    const checksum = () => this.crc32c;
    return {
      kind: 'storage#object',
      id: `${bucket}/${this.name}/${this.generation}`,
      name: this.name,
      bucket,
      generation: this.generation,
      metageneration: '1',
      contentType: this.contentType,
      size: String(this.size),
      md5Hash: this.md5,
      get crc32c() {
        return checksum();
      },
      etag: Buffer.from(this.generation).toString('base64'),
      timeCreated: this.updated.toISOString(),
      updated: this.updated.toISOString(),
      ...(Object.keys(this.metadata).length === 0 ? {} : { metadata: this.metadata }),
    };
  }
}

let generations = 1_790_000_000_000_000n;

export class GcsBucketContents {
  readonly #objects = new Map<string, GcsObject>();

  get objects(): readonly GcsObject[] {
    return [...this.#objects.values()];
  }

  find(name: string, generation: string | undefined): GcsObject {
    const object = this.#objects.get(name);
    if (object !== undefined && (generation ?? object.generation) === object.generation) return object;
    throw new GcsError(404, 'notFound', `No such object: ${name}`);
  }

  /** `0` means that there must be no object. */
  require(name: string, ifGenerationMatch: string | undefined): void {
    if (ifGenerationMatch === undefined) return;
    if (!/^\d+$/.test(ifGenerationMatch)) throw new GcsError(400, 'invalid', 'Invalid ifGenerationMatch');
    if ((this.#objects.get(name)?.generation ?? '0') === ifGenerationMatch) return;
    throw new GcsError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
  }

  put(
    object: NewObject,
    checksums: Readonly<Record<string, string>>,
    ifGenerationMatch: string | undefined,
  ): GcsObject {
    this.require(object.name, ifGenerationMatch);
    if (object.name === '' || Buffer.byteLength(object.name) > 1024) throw new GcsError(400, 'invalid', 'Invalid name');
    generations += 1n;
    const made = new GcsObject(object, generations);
    for (const [algorithm, expected] of Object.entries(checksums)) {
      if (algorithm !== 'md5' && algorithm !== 'crc32c') throw new GcsError(400, 'invalid', 'Unknown checksum');
      if (made[algorithm] !== expected) throw new GcsError(400, 'invalid', `The ${algorithm} does not match`);
    }
    this.#objects.set(object.name, made);
    return made;
  }

  remove(name: string): void {
    this.#objects.delete(name);
  }

  /** In the order of the names' UTF-8 bytes. The token of a page is the name before it. */
  page(prefix: string, after: string | undefined, length: number): { items: GcsObject[]; next: string | undefined } {
    const found = this.objects
      .filter(({ name }) => name.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
      .filter(({ name }) => after === undefined || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
    const items = found.slice(0, length);
    return { items, next: found.length > length ? items.at(-1)?.name : undefined };
  }
}
