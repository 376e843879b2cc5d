/** What a connector that reads files may do with a bucket: the part of the drivers' contract that changes nothing. */

export interface ReadableObject {
  readonly key: string;
  /** Changes with every write of the object. */
  readonly version: string;
  readonly bytes: number;
  readonly updatedAt: Date;
}

export interface ReadableBucket {
  /** Objects whose key starts with the prefix, in ascending order of key. */
  list(prefix: string): AsyncIterable<ReadableObject>;
  /** The object with its bytes, or undefined when there is none. The body has all of them or throws; it must be read or left early. */
  read(key: string): Promise<(ReadableObject & { readonly body: AsyncIterable<Uint8Array> }) | undefined>;
}
