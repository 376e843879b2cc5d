/** What today's code makes of single records of bronze. */
import { type Stream, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { manifestOf, recordsAt } from '../bronze/places.ts';
import type { Texts } from '../silver/encode.ts';
import { recordMapper } from '../silver/map.ts';
import type { Place } from './fingerprint.ts';

export interface Maker {
  readonly bucket: Bucket;
  readonly stream: Stream;
}

export const placeText = ({ object, line }: Place): string => `${object}:${line}`;

/** The rows of each record, by the text of its place; none of a record that is rejected, or that bronze cannot give. */
export async function madeAt(
  { bucket, stream }: Maker,
  places: readonly Place[],
): Promise<ReadonlyMap<string, readonly Texts[]>> {
  const map = recordMapper(stream, () => undefined);
  const rows = new Map<string, readonly Texts[]>();
  for (const [object, some] of Map.groupBy(places, (place) => place.object)) {
    const lines = new Set(some.map(({ line }) => line));
    const records = await read(bucket, object, lines, stream);
    for (const { line, text } of records) {
      const mapped = map(text);
      rows.set(placeText({ object, line }), 'reject' in mapped ? [] : mapped.rows);
    }
  }
  return rows;
}

async function read(bucket: Bucket, object: string, lines: ReadonlySet<number>, stream: Stream) {
  try {
    const link = await manifestOf(bucket, object);
    return link === undefined ? [] : await recordsAt(bucket, link, { object, lines }, stream);
  } catch (error) {
    if (error instanceof TidemillError) return [];
    throw error;
  }
}
