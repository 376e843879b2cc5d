/** The chains of all jobs of a bucket: which packages they reach, where they begin, and where they break off. */
import { TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { type ChainLink, chainOf } from './chain.ts';

export interface Chains {
  /** Names of the packages that count. */
  readonly reached: ReadonlySet<string>;
  /** Whether the object is no part of the package in whose folder it lies: several runs have written that one. */
  isStray(name: string, key: string): boolean;
  /** Whether it may be a package behind a manifest that is gone: of one of the jobs, or of the same table. */
  isBehindBreak(one: { readonly name: string; readonly newest: Date }, jobs: readonly string[]): boolean;
  /** Whether it was finished before the first package that a chain of one of the jobs reaches. */
  isBeforeFirst(finished: Date, jobs: readonly string[]): boolean;
}

/** Where a chain breaks off. */
interface Break {
  readonly job: string;
  readonly table: string;
  /** What is younger was not there yet when the packages behind the break were committed; undefined when nothing is. */
  readonly until: Date | undefined;
}

/** Clocks differ between the machines that ran the legs, and between them and the bucket. */
export const CLOCKS_MS = 24 * 60 * 60_000;

/** Chains that are read side by side; each is read link by link. */
const WIDTH = 16;

/** `<service>/<data_type>/<package>` of an object in `bronze/` or `quarantine/`; undefined for what is no package's. */
export function nameOf(key: string): string | undefined {
  const found =
    /^bronze\/([^/]+\/[^/]+)\/dt=[^/]+\/([^/]+)\/./.exec(key) ??
    // A replay's quarantine has the name of the replay behind that of the package.
    /^quarantine\/([^/]+\/[^/]+)\/([^/~]+)(?:~[^/]*)?\.ndjson\.gz$/.exec(key);
  return found === null ? undefined : `${found[1]}/${found[2]}`;
}

/** Reads every manifest of every chain. A chain whose end is gone or damaged breaks off there. */
export async function walkChains(
  bucket: Bucket,
  heads: readonly { readonly job: string; readonly head: string | undefined }[],
): Promise<Chains> {
  const reached = new Set<string>();
  /** By name, the objects of packages that several runs have written. */
  const continued = new Map<string, ReadonlySet<string>>();
  const breaks: Break[] = [];
  const firsts = new Map<string, Date>();
  const waiting = [...heads];
  const walker = async (): Promise<void> => {
    for (let owner = waiting.pop(); owner !== undefined; owner = waiting.pop()) {
      if (owner.head === undefined) continue;
      const { oldest, missing } = await walk(bucket, owner.head, { reached, continued });
      if (oldest !== undefined) firsts.set(owner.job, new Date(oldest.manifest.finished_at));
      if (missing !== undefined) breaks.push(breakAt(owner.job, missing, oldest));
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, walker));
  return {
    reached,
    isStray: (name, key) => key.startsWith(keys.bronzePrefix) && continued.get(name)?.has(key) === false,
    isBehindBreak: ({ name, newest }, jobs) =>
      breaks
        .filter(({ job, table }) => jobs.includes(job) || table === tableOf(name))
        .some(({ until }) => until === undefined || newest <= until),
    isBeforeFirst: (finished, jobs) => jobs.some((job) => finished <= (firsts.get(job) ?? new Date(0))),
  };
}

/** A manifest that is none, a folder in its place, and a name that none can have. */
const UNREADABLE: ReadonlySet<string> = new Set(['bronze-damaged', 'bucket-key-folder', 'bucket-key']);

/** Adds what the chain reaches. `missing` is the manifest that could not be read: its parts may still be there. */
async function walk(
  bucket: Bucket,
  head: string,
  { reached, continued }: { readonly reached: Set<string>; readonly continued: Map<string, ReadonlySet<string>> },
) {
  let missing: string | undefined = head;
  let oldest: ChainLink | undefined;
  try {
    for await (const link of chainOf(bucket, head)) {
      if ('missing' in link) break;
      const { manifest } = link;
      reached.add(nameAt(link.key));
      if (manifest.continued)
        continued.set(nameAt(link.key), new Set([link.key, ...manifest.parts.map(({ key }) => key)]));
      oldest = link;
      missing = manifest.previous;
    }
  } catch (error) {
    if (!(error instanceof TidemillError && UNREADABLE.has(error.code))) throw error;
  }
  if (missing !== undefined) reached.add(nameAt(missing));
  return { oldest, missing };
}

function breakAt(job: string, missing: string, oldest: ChainLink | undefined): Break {
  const until = oldest === undefined ? undefined : new Date(Date.parse(oldest.manifest.finished_at) + CLOCKS_MS);
  return { job, table: tableOf(nameAt(missing)), until };
}

const nameAt = (key: string): string => nameOf(key) ?? key;
const tableOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));
