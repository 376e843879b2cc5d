import type { Bucket } from '../../storage/contract.ts';
import { type Line, readNdjson } from '../../storage/ndjson.ts';
import type { Manifest } from './manifest.ts';

/** One record of a package and where it stands: the line of a part, and the URL it came from. */
export interface BronzeRecord {
  readonly text: Line;
  readonly object: string;
  /** Counts from 1. */
  readonly line: number;
  readonly url: string;
}

/** The records of a package in their order, in batches. Throws `bronze-missing` or `bronze-damaged`. */
export async function* readRecords(bucket: Bucket, manifest: Manifest): AsyncIterable<readonly BronzeRecord[]> {
  for (const part of manifest.parts) {
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
}
