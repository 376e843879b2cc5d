/**
 * What runs that died have left behind in a bucket: packages that no chain of any job reaches, parts beside those of one that was
 * left open, their quarantine, lists of replays and listings that nobody goes on with, events that everybody has, and rows that were on their way into a warehouse. Whatever might still count is kept, and
 * says why.
 *
 * The chains are walked first, the bucket is listed afterwards: what a run commits meanwhile is younger than the lease
 * that `olderThan` stands for. Whoever removes something makes sure before that the job's head is still the same, and
 * that nobody holds a claim on it any more.
 */
import { TidemillError } from '@tidemill/kit';
import type { Bucket, StoredObject } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { type Chains, CLOCKS_MS, nameOf, walkChains } from './chains.ts';
import { readManifest } from './manifest.ts';

/** A job with a state in the bucket, whether it is configured or not. */
export interface Owner {
  readonly job: string;
  /** Key of the newest committed manifest. */
  readonly head: string | undefined;
  /** Keys of the lists of replays that are going on. */
  readonly replays: readonly string[];
  /** The package that was left open, if one is: a run may still go on in it. */
  readonly listing: OpenListing | undefined;
  /** Folder of its events that wait, and that its state has no room for. */
  readonly events: string | undefined;
  /** Why nothing of the job may be removed: its state cannot be read, or a run is at it. */
  readonly held: 'unreadable' | 'claimed' | undefined;
}

/** As a state names it. */
interface OpenListing {
  /** Key of the object that says what the package has. */
  readonly object: string;
  readonly folder: string;
  /** UTC instant. */
  readonly until: string;
}

export interface Leftover {
  /** Undefined when no state names the job it belongs to. */
  readonly job: string | undefined;
  /** `<service>/<data_type>/<package>`, the key of a list, or the folder of rows. */
  readonly name: string;
  /** In the order they are to be removed: a manifest is never there without its parts. */
  readonly keys: readonly string[];
  readonly bytes: number;
  readonly newest: Date;
  /** Why it must not be removed; undefined for an orphan. */
  readonly kept: string | undefined;
}

export interface Search {
  readonly owners: readonly Owner[];
  readonly now: Date;
  /** Younger objects may be just being written. */
  readonly olderThan: Date;
}

/** Everything no chain reaches, by name. */
export async function findLeftovers(bucket: Bucket, search: Search): Promise<Leftover[]> {
  const chains = await walkChains(bucket, search.owners);
  const found = await listUnreached(bucket, search, chains);
  const leftovers: Leftover[] = [];
  for (const one of found) {
    const owners = search.owners.filter(({ job }) => one.belongsTo(job));
    // The longest id: a job `a` has no package that is called like one of a job `a.b`.
    const job = owners.map((owner) => owner.job).sort((a, b) => b.length - a.length)[0];
    const kept = await whyKept(bucket, { one, owners, search, chains });
    leftovers.push({ job, name: one.name, keys: one.keys, bytes: one.bytes, newest: one.newest, kept });
  }
  return leftovers;
}

/** What was found in the bucket and is in no chain. */
interface Found {
  readonly name: string;
  readonly kind: 'package' | 'part' | 'replay' | 'listing' | 'events' | 'staged';
  readonly belongsTo: (job: string) => boolean;
  /** Its manifest, if it has one. */
  manifest: string | undefined;
  keys: string[];
  bytes: number;
  newest: Date;
}

async function listUnreached(bucket: Bucket, { owners }: Search, { reached, isStray }: Chains): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const prefix of [keys.bronzePrefix, keys.quarantinePrefix]) {
    for await (const object of bucket.list(prefix)) {
      const name = nameOf(object.key);
      if (name === undefined || (reached.has(name) && !isStray(name, object.key))) continue;
      const id = name.slice(name.lastIndexOf('/') + 1);
      const kind = reached.has(name) ? 'part' : 'package';
      add(found, object, { name, kind, belongsTo: (job) => id.startsWith(`${job}.`) });
    }
  }
  const inUse = new Set(owners.flatMap(({ replays, listing }) => [...replays, ...(listing ? [listing.object] : [])]));
  for (const [kind, prefix, keyOf] of LISTS) {
    for await (const object of bucket.list(prefix)) {
      const { key } = object;
      if (inUse.has(key)) continue;
      add(found, object, { name: key, kind, belongsTo: (job) => key === keyOf(job, idOf(key)) });
    }
  }
  const waiting = owners.flatMap(({ events }) => events ?? []);
  for await (const object of bucket.list(keys.outboxPrefix)) {
    const folder = object.key.slice(0, object.key.lastIndexOf('/'));
    if (waiting.includes(folder)) continue;
    const [owner = ''] = folder.slice(keys.outboxPrefix.length).split('/');
    add(found, object, { name: folder, kind: 'events', belongsTo: (job) => job === owner });
  }
  for await (const object of bucket.list(keys.stagedPrefix)) {
    const [owner = '', load = ''] = object.key.slice(keys.stagedPrefix.length).split('/');
    const name = `${keys.stagedPrefix}${owner}/${load}`;
    add(found, object, { name, kind: 'staged', belongsTo: (job) => job === owner });
  }
  return [...found.values()];
}

/** Objects that a state names as long as somebody goes on with them. */
const LISTS = [
  ['replay', keys.replayPrefix, keys.replay],
  ['listing', keys.listingPrefix, keys.listing],
] as const;

const idOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1, -'.json'.length);

function add(
  found: Map<string, Found>,
  { key, bytes, updatedAt }: StoredObject,
  what: Pick<Found, 'name' | 'kind' | 'belongsTo'>,
): void {
  const one = found.get(what.name) ?? { ...what, manifest: undefined, keys: [], bytes: 0, newest: updatedAt };
  found.set(what.name, one);
  one.bytes += bytes;
  if (updatedAt > one.newest) one.newest = updatedAt;
  if (key.endsWith('/manifest.json')) {
    one.manifest = key;
    one.keys.unshift(key);
  } else one.keys.push(key);
}

interface Case {
  readonly one: Found;
  readonly owners: readonly Owner[];
  readonly search: Search;
  readonly chains: Chains;
}

async function whyKept(bucket: Bucket, { one, owners, search, chains }: Case): Promise<string | undefined> {
  if (owners.length === 0) return 'no state names its job';
  if (owners.some(({ held }) => held === 'unreadable')) return 'the state of its job cannot be read';
  if (owners.some(({ held }) => held === 'claimed')) return 'a run of its job is at work';
  if (one.newest > search.olderThan) return 'it may be just being written';
  if (owners.some(({ listing }) => mayGoOn(one, listing, search.now))) return 'a run may go on in it';
  if (one.kind !== 'package') return undefined;
  const jobs = owners.map(({ job }) => job);
  if (chains.isBehindBreak(one, jobs)) return 'it may lie behind a manifest that is gone or damaged';
  return one.manifest === undefined ? undefined : whyKeptWhole(bucket, one.manifest, { one, owners, search, chains });
}

/** Whether it is the package that was left open, and that is not too long ago. */
const mayGoOn = ({ name }: Found, listing: Owner['listing'], now: Date): boolean =>
  listing !== undefined &&
  nameOf(`${listing.folder}/manifest.json`) === name &&
  Date.parse(listing.until) + CLOCKS_MS > now.getTime();

/** With a manifest it may have been committed once, by a state that says so no more. */
async function whyKeptWhole(bucket: Bucket, key: string, { one, owners, search, chains }: Case) {
  if (search.owners.some(({ held }) => held === 'unreadable')) {
    return 'a state cannot be read, and may be of the same job under another id';
  }
  if (owners.some(({ head }) => head === undefined)) return 'its job has committed nothing that names it';
  const finished = await finishedAt(bucket, key);
  if (finished === undefined) return 'its manifest cannot be read';
  const jobs = owners.map(({ job }) => job);
  if (chains.isBehindBreak({ ...one, newest: finished }, jobs)) {
    return 'it may lie behind a manifest that is gone or damaged';
  }
  return chains.isBeforeFirst(finished, jobs) ? 'it is older than the first package its job can name' : undefined;
}

const finishedAt = (bucket: Bucket, key: string): Promise<Date | undefined> =>
  readManifest(bucket, key).then(
    ({ finished_at }) => new Date(finished_at),
    (error: unknown) => {
      if (error instanceof TidemillError && error.code.startsWith('bronze-')) return undefined;
      throw error;
    },
  );
