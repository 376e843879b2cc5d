/**
 * What every bucket driver promises. `test/contracts/bucket.ts` is the suite that holds each driver to it.
 */
import type { Clock } from '@tidemill/kit/retry';

/** What a driver is opened with. */
export interface BucketOptions {
  /** A URL of one of its schemes, or an absolute path. */
  readonly location: string;
  /** The variables that its manifest names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads retries. */
  random(): number;
}

/** The default export of a driver's package. It asks no network; throws kind `config` for what is no location of it. */
export type OpenBucket = (options: BucketOptions) => Bucket;

/** An opaque token that changes with every write of an object (a generation, an ETag). */
export type Version = string;

/** `'absent'` writes only if there is no object; a version only if it is still the current one. */
export type Precondition = 'absent' | { readonly version: Version };

export interface StoredObject {
  readonly key: string;
  readonly version: Version;
  readonly bytes: number;
  readonly updatedAt: Date;
}

/** An object with its bytes, or the part of them that was asked for. The body must be read or destroyed. */
export interface StoredBody extends StoredObject {
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bytes of an object, counted from 0, `to` exclusive; or its last so many. */
export type ByteRange = { readonly from: number; readonly to: number } | { readonly last: number };

export interface ReadOptions {
  /**
   * Only these bytes. Of what reaches past the end there is what there is: nothing, where it begins there. `bytes` and
   * `version` are those of the whole object. Throws kind `bug` where it is none.
   */
  readonly range?: ByteRange;
  /** Only if it is still the current one: so several ranges of an object are of one write. */
  readonly version?: Version;
}

export interface WriteOptions {
  readonly contentType: string;
  readonly onlyIf?: Precondition;
}

/**
 * Keys are `/`-separated, without empty, `.` or `..` segments. A reader sees an object whole or not at all, never
 * half written. Errors are TidemillErrors of kind `config` (no such bucket), `auth` (no permission) or `transient`.
 */
export interface Bucket {
  /** For people and manifests. */
  readonly url: string;
  /** Each operation is a request over a network: what one listing tells of a thousand objects is worth keeping. */
  readonly isRemote?: true;
  /**
   * The object's metadata and bytes, or undefined when there is none, or none of the version that is asked for. The body
   * has all of the bytes or throws: where a connection breaks is no end. Where the store has a checksum, a whole object is
   * compared with it, and a part with nothing.
   */
  read(key: string, options?: ReadOptions): Promise<StoredBody | undefined>;
  /** Writes the object whole. Answers undefined when the precondition does not hold: nothing was changed. */
  write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<StoredObject | undefined>;
  /**
   * Objects whose key starts with the prefix, in ascending order of key (UTF-16 code units). Every write and removal that was
   * answered before is seen. A version that is told here may be shorter than the one that `read` gives, and is as good for
   * reading by; objects of one key that have other bytes have other versions, also where one was removed between them.
   */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Removes the object; nothing happens when there is none. */
  remove(key: string): Promise<void>;
  /** Can this process read and write here? Resolves, or rejects with an error that says who must act. */
  check(): Promise<void>;
  /**
   * Does the store honour preconditions? Asked before every claim, so a driver looks once and remembers it. Rejects with
   * kind `config` when it does not. A driver that sees to them itself has none.
   */
  checkPreconditions?(): Promise<void>;
}
