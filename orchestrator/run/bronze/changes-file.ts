/** Files of changes: beside the package up to which they go, one change a line. */
import { TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { NdjsonWriter, readLines } from '../../storage/ndjson.ts';

/** Its key, by that of the package's manifest. */
export const changesFileOf = (manifest: string): string => keys.changesUpTo(manifest);

/** The name of the package of a manifest. */
export const packageIn = (manifest: string): string | undefined => keys.packageOf(manifest);

/** Lines that are handed on together. */
const BATCH = 500;

/** Writes the file, unless it is there. */
export async function writeChanges(
  bucket: Bucket,
  key: string,
  changes: Iterable<object>,
): Promise<'written' | 'was there'> {
  const writer = new NdjsonWriter(bucket, key, { onlyIf: 'absent' });
  try {
    let lines: string[] = [];
    for (const change of changes) {
      lines.push(JSON.stringify(change));
      if (lines.length < BATCH) continue;
      await writer.write(lines);
      lines = [];
    }
    await writer.write(lines);
    await writer.close();
    return 'written';
  } catch (error) {
    await writer.abort();
    if (error instanceof TidemillError && error.code === 'ndjson-key-taken') return 'was there';
    throw error;
  }
}

/** What a file says, one change at a time. Throws `bronze-missing` or `bronze-damaged`. */
export async function* readChanges(bucket: Bucket, key: string): AsyncIterable<unknown> {
  for await (const lines of readLines(bucket, key))
    for (const line of lines) if (line.length > 0) yield JSON.parse(String(line));
}
