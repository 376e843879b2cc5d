/** The body of an object, whole and as it was stored, whatever happens to the connection meanwhile. */
import type { Readable } from 'node:stream';
import type { TidemillError } from '@tidemill/kit/errors';
import { bucketUnavailable, objectChanged, objectDamaged } from './errors.ts';
import type { Limits, Retry } from './options.ts';

/** Compares the bytes that came with what the store says they should be. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  isRight(): boolean;
}

export interface BodySource {
  readonly url: string;
  readonly key: string;
  /** Size of the object. */
  readonly bytes: number;
  /** The body from its first byte. */
  readonly first: Readable;
  /** The same version of the object from this byte on, or undefined when that is no longer there. */
  reopen(offset: number): Promise<Readable | undefined>;
  /** Undefined where the store does not say. */
  readonly checksum: Checksum | undefined;
}

/**
 * Goes on where a connection broke, stalled or ended too early. Throws a TidemillError when it breaks more often than
 * the retries allow without a byte in between, when the object was replaced, or when its bytes are not the right ones.
 */
export async function* wholeBody(source: BodySource, limits: Limits, retry: Retry): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let failures = 0;
  for (let stream: Readable | undefined = source.first; ; stream = await retry(() => source.reopen(offset))) {
    if (stream === undefined) throw objectChanged(source.url, source.key);
    let cause: unknown;
    try {
      for await (const chunk of steadily(stream, limits.stallMs)) {
        offset += chunk.length;
        failures = 0;
        source.checksum?.update(chunk);
        yield chunk;
      }
    } catch (error) {
      cause = error;
    }
    if (offset >= source.bytes) break;
    failures += 1;
    if (failures > limits.retries) throw interrupted(source, cause);
  }
  if (offset !== source.bytes || source.checksum?.isRight() === false) throw objectDamaged(source.url, source.key);
}

/** The stream, which is given up when a reader waits too long. A reader that takes its time holds nothing up. */
async function* steadily(stream: Readable, stallMs: number): AsyncGenerator<Uint8Array> {
  const watch = () => setTimeout(() => stream.destroy(new DOMException('no bytes in time', 'TimeoutError')), stallMs);
  let timer = watch();
  try {
    for await (const chunk of stream) {
      clearTimeout(timer);
      yield chunk as Uint8Array;
      timer = watch();
    }
  } finally {
    clearTimeout(timer);
  }
}

function interrupted({ url, key }: BodySource, cause: unknown): TidemillError {
  return bucketUnavailable({ url, said: `${key} breaks off`, cause });
}
