/** Which packages of a chain say something of one key, the newest first. */
import type { Stream } from '@tidemill/kit';
import type { Bucket } from '../storage/contract.ts';
import type { Table } from '../warehouse/contract.ts';
import { type ChainLink, chainOf } from './bronze/chain.ts';
import { scopeOf } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import type { Place } from './compare/fingerprint.ts';
import type { Texts } from './silver/encode.ts';
import { recordMapper } from './silver/map.ts';

/**
 * What a package says of the key, by its last word: a row, or that it is gone. `unnamed`: it says everything there is, and this
 * is not among it.
 */
export interface Mention {
  readonly package: string;
  readonly finishedAt: string;
  readonly says: 'row' | 'deletion' | 'unnamed';
  /** Absent where it is not named. */
  readonly place?: Place;
}

export interface Mentions {
  /** The newest first. */
  readonly mentions: readonly Mention[];
  /** How many packages were read. */
  readonly looked: number;
  /** `most`: there are more, and they were not read. `gone`: nothing is left of what came before. */
  readonly stopped: 'found' | 'first' | 'most' | 'gone';
}

export interface MentionsRequest {
  readonly bucket: Bucket;
  readonly stream: Stream;
  readonly table: Table;
  readonly head: string | undefined;
  /** Canonical texts, in the order of the key. */
  readonly key: readonly string[];
  /** Name of the package that the search ends before; without it, it ends with the first that names the key. */
  readonly before?: string | undefined;
  /** How many packages are read at most. */
  readonly most: number;
  readonly signal: AbortSignal;
  readonly onPackage: (looked: number) => void;
}

/** Reads the packages themselves, with today's code. Throws what bronze lacks of one. */
export async function mentionsOf(request: MentionsRequest): Promise<Mentions> {
  const { bucket, table, head, before, most, signal, onPackage } = request;
  const mentions: Mention[] = [];
  let looked = 0;
  for await (const link of chainOf(bucket, head)) {
    signal.throwIfAborted();
    if ('missing' in link) return { mentions, looked, stopped: 'gone' };
    const { manifest } = link;
    if (manifest.package === before) return { mentions, looked, stopped: 'found' };
    if (manifest.service !== table.schema || manifest.data_type !== table.name) continue;
    if (looked === most) return { mentions, looked, stopped: 'most' };
    const mention = await mentionIn(request, link);
    looked += 1;
    onPackage(looked);
    if (mention !== undefined) mentions.push(mention);
    if (before === undefined && mention?.place !== undefined) return { mentions, looked, stopped: 'found' };
  }
  return { mentions, looked, stopped: 'first' };
}

async function mentionIn(
  { bucket, stream, table, key }: MentionsRequest,
  { manifest }: ChainLink,
): Promise<Mention | undefined> {
  const map = recordMapper(stream, () => undefined);
  const keyAt = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  const isIt = (texts: Texts): boolean => keyAt.every((at, index) => texts[at] === key[index]);
  const about = { package: manifest.package, finishedAt: manifest.finished_at };
  let last: Mention | undefined;
  for await (const batch of readRecords(bucket, manifest, stream)) {
    for (const { text, object, line } of batch) {
      const mapped = map(text);
      if ('reject' in mapped) continue;
      const place = { object, line };
      if (mapped.rows.some(isIt)) last = { ...about, says: 'row', place };
      if (mapped.gone !== undefined && isIt(mapped.gone)) last = { ...about, says: 'deletion', place };
    }
  }
  if (last !== undefined) return last;
  return scopeOf(manifest, stream) === 'everything' ? { ...about, says: 'unnamed' } : undefined;
}
