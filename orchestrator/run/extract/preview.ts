/** The first records of a source, and no more of it than they need. */
import { type Artifact, type Emission, stringifyExact, TidemillError } from '@tidemill/kit';
import { abortable } from './abortable.ts';
import type { LookRequest } from './discover.ts';
import { openSource, type Source } from './source.ts';

export interface LookedAt {
  readonly source: Source;
  readonly sending: LookRequest;
  readonly bounds: {
    readonly rows: number;
    /** Of the records' texts together. */
    readonly bytes: number;
    /** Of a file that records are made of. */
    readonly fileBytes: number;
  };
}

export interface Looked {
  /** As the source wrote them: each number is printed with the digits that it had. */
  readonly records: readonly unknown[];
  /** Among the first records: that are no JSON. */
  readonly unreadable: number;
  /** The source has more, or may have. */
  readonly more: boolean;
}

/** How far back a source is asked that is read by interval. */
const SPAN_MS = 7 * 86_400_000;

/** Reads from the beginning, as a first run would, until a bound is met. Throws `preview-too-large`, and what the source answers. */
export async function lookAt({ source, sending, bounds }: LookedAt): Promise<Looked> {
  const { stream } = source;
  const { now, signal, system } = sending;
  const { given, close } = openSource(source, sending);
  const taken = new Taken(bounds);
  try {
    const emissions = stream.extract({
      ...given,
      ...{ cursor: stream.cursor?.start, mode: 'incremental', until: undefined, now, signal, system },
      interval: { start: new Date(now.getTime() - SPAN_MS), end: now },
      notice: () => undefined,
      said: () => undefined,
      openBucket: noBucket,
    });
    for await (const text of textsOf(abortable(emissions, signal), source, bounds.fileBytes))
      if (!taken.add(text)) break;
  } finally {
    await close();
  }
  return taken;
}

const noBucket = (): Promise<never> =>
  Promise.reject(new TidemillError('bug', 'no-buckets', 'Nobody opens buckets for a preview'));

class Taken implements Looked {
  readonly records: unknown[] = [];
  unreadable = 0;
  more = false;
  readonly #bounds: LookedAt['bounds'];
  #bytes = 0;

  constructor(bounds: LookedAt['bounds']) {
    this.#bounds = bounds;
  }

  /** Answers whether another one is wanted. */
  add(text: Uint8Array): boolean {
    const { rows, bytes } = this.#bounds;
    const isFull = this.records.length + this.unreadable >= rows;
    this.#bytes += text.length;
    if (isFull || this.#bytes > bytes) {
      if (this.records.length + this.unreadable === 0) throw tooLarge('The first record', bytes);
      this.more = true;
      return false;
    }
    try {
      this.records.push(asWritten(text));
    } catch {
      this.unreadable += 1;
    }
    return true;
  }
}

async function* textsOf(
  emissions: AsyncIterable<Emission<unknown>>,
  { stream }: Source,
  fileBytes: number,
): AsyncGenerator<Uint8Array> {
  for await (const emission of emissions) {
    if ('lines' in emission) yield* emission.lines;
    else if ('records' in emission) yield* emission.records.map(textOf);
    else if ('artifact' in emission && stream.parse !== undefined) {
      const { artifact: _, ...facts } = emission;
      for await (const record of stream.parse({ ...facts, bytes: bounded(emission.artifact, fileBytes) }))
        yield textOf(record);
    }
  }
}

/** A value that prints as the text it was made of. Throws where that is no JSON in UTF-8. */
function asWritten(text: Uint8Array): unknown {
  const written = new TextDecoder('utf-8', { fatal: true }).decode(text);
  const reviver = (_key: string, value: unknown, { source = '' }: { readonly source?: string }): unknown =>
    typeof value === 'number' && String(value) !== source ? rawJson(source) : value;
  return JSON.parse(written, reviver as (key: string, value: unknown) => unknown);
}

/** ES2025: https://github.com/tc39/proposal-json-parse-with-source */
const rawJson = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

const textOf = (record: unknown): Uint8Array => Buffer.from(stringifyExact(record));

async function* bounded(artifact: Artifact['artifact'], most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of artifact instanceof Uint8Array ? [artifact] : artifact) {
    bytes += chunk.length;
    if (bytes > most) throw tooLarge('The file that its records are made of', most);
    yield chunk;
  }
}

const tooLarge = (what: string, bytes: number): TidemillError =>
  new TidemillError(
    'config',
    'preview-too-large',
    `${what} is larger than ${bytes} bytes, the most that a preview reads`,
    {
      hint: 'Nothing was changed. A run reads it.',
    },
  );
