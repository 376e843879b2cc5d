import type { Stream } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { type Line, readNdjson } from '../../storage/ndjson.ts';
import { parsedLines } from './artifacts.ts';
import type { Manifest } from './manifest.ts';

/** One record of a package and where it stands: the line of a part or the number in an artifact, and the URL it came from. */
export interface BronzeRecord {
  readonly text: Line;
  readonly object: string;
  /** Counts from 1. */
  readonly line: number;
  readonly url: string;
  /** It was made of an artifact, and stands in no part. */
  readonly isParsed?: true;
}

/**
 * The records of a package in batches: those of its parts in their order, then those that the stream makes of its artifacts, in
 * theirs. Throws `bronze-missing`, `bronze-damaged` or `artifact-unparsable`.
 */
export async function* readRecords(
  bucket: Bucket,
  { parts, artifacts }: Pick<Manifest, 'parts' | 'artifacts'>,
  stream: Pick<Stream, 'parse'>,
): AsyncIterable<readonly BronzeRecord[]> {
  for (const part of parts) {
    let line = 0;
    let source = 0;
    for await (const lines of readNdjson(bucket, part)) {
      yield lines.map((text) => {
        line += 1;
        while ((part.sources[source + 1]?.line ?? Number.POSITIVE_INFINITY) <= line) source += 1;
        return { text, object: part.key, line, url: part.sources[source]?.url ?? '' };
      });
    }
  }
  const parse = stream.parse?.bind(stream);
  if (parse === undefined) return;
  for (const artifact of artifacts) {
    const { key: object, url } = artifact;
    let line = 0;
    for await (const lines of parsedLines(bucket, artifact, parse)) {
      yield lines.map((text) => ({ text, object, line: ++line, url, isParsed: true }));
    }
  }
}
