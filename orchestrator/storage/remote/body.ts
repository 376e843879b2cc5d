/** The bytes of an object that are asked for, as they were stored, whatever happens to the connection meanwhile. */
import type { Readable } from 'node:stream';
import type { TidemillError } from '@tidemill/kit/errors';
import type { Span } from '../range.ts';
import { bucketUnavailable, objectChanged, objectDamaged } from './errors.ts';
import type { Limits, Retry } from './options.ts';

/** Compares the bytes that came with what the store says they should be. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  isRight(): boolean;
}

/** What a store has begun to send. */
export interface Sending {
  readonly stream: Readable;
  /** The bytes of the object that the stream has: those that were asked for, or more. */
  readonly span: Span;
}

export interface BodySource {
  readonly url: string;
  readonly key: string;
  /** The bytes of the object that are asked for. */
  readonly span: Span;
  readonly first: Sending;
  /** The rest, of the same version of the object; undefined when that is no longer there. */
  reopen(rest: Span): Promise<Sending | undefined>;
  /** Of the bytes that are asked for; undefined where the store does not say. */
  readonly checksum: Checksum | undefined;
}

/**
 * Goes on where a connection broke, stalled or ended too early. Throws a TidemillError when it breaks more often than
 * the retries allow without a byte in between, when the object was replaced, or when its bytes are not the right ones.
 */
export async function* bodyOf(source: BodySource, limits: Limits, retry: Retry): AsyncGenerator<Uint8Array> {
  const { to } = source.span;
  let { from } = source.span;
  let failures = 0;
  const reopen = () => source.reopen({ from, to });
  for (let sending: Sending | undefined = source.first; ; sending = await retry(reopen)) {
    if (sending === undefined) throw objectChanged(source.url, source.key);
    let cause: unknown;
    try {
      for await (const piece of wanted(sending, { from, to }, limits.stallMs)) {
        from += piece.length;
        failures = 0;
        source.checksum?.update(piece);
        yield piece;
      }
    } catch (error) {
      cause = error;
    }
    if (from >= to) break;
    failures += 1;
    if (failures > limits.retries) throw interrupted(source, cause);
  }
  if (from !== to || source.checksum?.isRight() === false) throw objectDamaged(source.url, source.key);
}

/** Of the stream, what is asked for. One that goes on after that is left there, and the rest of it never comes. */
async function* wanted({ stream, span }: Sending, { from, to }: Span, stallMs: number): AsyncGenerator<Uint8Array> {
  const goesOn = span.to > to;
  if (goesOn && from === to) {
    stream.destroy();
    return;
  }
  let at = span.from;
  for await (const chunk of steadily(stream, stallMs)) {
    const piece = chunk.subarray(Math.max(0, from - at), goesOn ? Math.max(0, to - at) : chunk.length);
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (goesOn && at >= to) return;
  }
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
