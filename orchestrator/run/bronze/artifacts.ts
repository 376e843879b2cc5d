/** Artifacts on their way to silver: a connector's `parse` makes records of them, each time the package is loaded. */
import { type StoredArtifact, TidemillError } from '@tidemill/kit';
import { CheckedBytes } from '../../storage/checked-bytes.ts';
import type { Bucket } from '../../storage/contract.ts';
import type { Manifest } from './manifest.ts';
import { lineOf } from './package.ts';

/** Records are handed on when their texts come to this many characters. */
const BATCH_CHARS = 64 * 1024;

/**
 * The records of one artifact as lines, in batches. Its bytes are compared with their checksum, whether or not `parse` reads
 * them to the end. Throws `bronze-missing` or `bronze-damaged`, and `artifact-unparsable` where sound bytes cannot be parsed.
 */
export async function* parsedLines(
  bucket: Bucket,
  { key, sha256, url, content_type: contentType }: Manifest['artifacts'][number],
  parse: (artifact: StoredArtifact) => AsyncIterable<unknown>,
): AsyncIterable<readonly string[]> {
  const bytes = await CheckedBytes.open(bucket, { key, sha256 });
  const name = key.slice(key.indexOf('/artifacts/') + '/artifacts/'.length);
  let batch: string[] = [];
  let chars = 0;
  let records = 0;
  try {
    for await (const record of parse({ name, contentType, url, bytes: bytes.read() })) {
      const line = lineOf(record);
      batch.push(line);
      records += 1;
      chars += line.length;
      if (chars < BATCH_CHARS) continue;
      yield batch;
      batch = [];
      chars = 0;
    }
    await bytes.readRest();
    yield batch;
  } catch (thrown) {
    // If the bytes are damaged, that is why they cannot be parsed.
    await bytes.readRest();
    throw thrown instanceof TidemillError ? thrown : unparsable(key, records, thrown);
  } finally {
    await bytes.close();
  }
}

/** Without its cause: what a parser stumbled over stands in its message. */
function unparsable(key: string, records: number, thrown: unknown): TidemillError {
  const what = thrown instanceof Error ? thrown.name : typeof thrown;
  const message = `${key} cannot be parsed: ${what} after ${records} records`;
  return new TidemillError('source-changed', 'artifact-unparsable', message, {
    hint: 'Bronze has its bytes: mend the parse of the connector, then `npx tidemill replay JOB`.',
  });
}
