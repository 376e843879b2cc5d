/**
 * What lies in the folder of a table and is needed no more: files of snapshots that have expired, of writers that died or were not
 * first, and old versions of the metadata. Whatever is not sure to be one of these stays.
 *
 * The folder is listed first, and what is named is read afterwards: so a commit in between is seen, or names only what is too
 * young to go.
 */
import { TidemillError } from '@tidemill/kit';
import type { Bucket, StoredObject } from '../../../storage/contract.ts';
import { sideBySide } from '../../../storage/side-by-side.ts';
import { decodeManifestList } from '../format/manifest-list.ts';
import { decodeManifest } from '../format/manifests.ts';
import { type Metadata, parseMetadata } from '../format/metadata.ts';
import { sweeping, writersBegunAfter } from '../retention.ts';
import type { TableLeftovers } from '../table.ts';
import { Objects } from './objects.ts';
import { Versions } from './versions.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** Names of files that a snapshot consists of, as they are given here; other engines give some of theirs like these. */
const OF_A_SNAPSHOT = new RegExp(
  `^(?:data/.+-${UUID}\\.parquet|metadata/(?:snap-\\d+-\\d+-${UUID}|${UUID}-m\\d+)\\.avro)$`,
);
const VERSION = /^metadata\/v(\d+)\.metadata\.json$/;
const HINT = 'metadata/version-hint.text';

interface Folder {
  readonly bucket: Bucket;
  /** Its key, without a slash at the end. */
  readonly folder: string;
}

export const findLeftovers = async (folder: Folder, now: Date): Promise<TableLeftovers> =>
  sort(folder, await listed(folder), now);

/** Removes of them what one commit may take the time for. It is called right after the commit. */
export async function sweep(folder: Folder, now: Date): Promise<void> {
  const objects = await listed(folder);
  // The commit is the newest. A machine whose clock is ahead, or was told another time, must not take a living writer's files.
  const newest = objects.reduce((latest, { updatedAt }) => Math.max(latest, updatedAt.getTime()), 0);
  const { orphans } = await sort(folder, objects, new Date(Math.min(now.getTime(), newest)));
  await sideBySide(orphans.slice(0, sweeping.mostObjects), ({ key }) => folder.bucket.remove(key));
}

const listed = ({ bucket, folder }: Folder): Promise<StoredObject[]> => Array.fromAsync(bucket.list(`${folder}/`));

async function sort({ bucket, folder }: Folder, all: readonly StoredObject[], now: Date): Promise<TableLeftovers> {
  const limit = writersBegunAfter(now);
  const old = all.filter(({ updatedAt }) => updatedAt < limit);
  if (old.length === 0) return { orphans: [], kept: [] };
  const pathOf = ({ key }: StoredObject): string => key.slice(folder.length + 1);
  const catalogue = all.map(pathOf).find((path) => path.endsWith('.metadata.json') && !VERSION.test(path));
  const needed = catalogue === undefined ? await findNeeded({ bucket, folder }) : `${catalogue} is another catalogue's`;
  if (typeof needed === 'string') return { orphans: [], kept: [{ objects: old, why: needed }] };
  const unnamed = old.filter((object) => !needed.keys.has(object.key) && pathOf(object) !== HINT);
  const fates = Map.groupBy(unnamed, (object) => fateOf(pathOf(object), needed));
  const foreign = fates.get('foreign') ?? [];
  const why = 'nobody here gives such names';
  return { orphans: fates.get('orphan') ?? [], kept: foreign.length === 0 ? [] : [{ objects: foreign, why }] };
}

interface Needed {
  readonly keys: ReadonlySet<string>;
  /** Whoever looks for the newest version goes upwards from this one, so that there must be no gap. */
  readonly versionsFrom: number;
}

function fateOf(path: string, { versionsFrom }: Needed): 'orphan' | 'foreign' | 'needed' {
  const [, version] = VERSION.exec(path) ?? [];
  if (version !== undefined) return Number(version) < versionsFrom ? 'orphan' : 'needed';
  return OF_A_SNAPSHOT.test(path) ? 'orphan' : 'foreign';
}

/** All that the newest version names; or why that cannot be told. */
async function findNeeded({ bucket, folder }: Folder): Promise<Needed | string> {
  const versions = new Versions(bucket, folder);
  const newest = await versions.newest();
  if (newest === undefined) return 'the table has no version that would say what is needed';
  const { number } = newest;
  const hinted = (await versions.hinted()) ?? number;
  if (hinted > number) return `version ${hinted} was there once, and is gone`;
  try {
    const metadata = parseMetadata(newest.text, newest.url);
    return { keys: await namedBy(metadata, new Objects(bucket, folder)), versionsFrom: hinted };
  } catch (error) {
    if (error instanceof TidemillError && error.kind === 'config') return error.message;
    throw error;
  }
}

/** Keys of what the snapshots consist of, on whatever branch, and of what else the metadata names. */
async function namedBy(metadata: Metadata, objects: Objects): Promise<Set<string>> {
  const keys = new Set<string>();
  const keep = (url: string): void => void keys.add(objects.keyOf(metadata.location, url));
  const read = (url: string) => objects.read(metadata.location, url);
  for (const { 'metadata-file': file } of metadata['metadata-log']) keep(file);
  for (const one of [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])]) {
    const { 'statistics-path': path } = one as { readonly 'statistics-path'?: unknown };
    if (typeof path === 'string') keep(path);
  }
  const manifests = new Set<string>();
  await sideBySide(metadata.snapshots, async ({ 'manifest-list': list }) => {
    keep(list);
    for (const { manifest_path: path } of decodeManifestList(await read(list), list)) manifests.add(path);
  });
  await sideBySide(manifests, async (manifest) => {
    keep(manifest);
    const living = decodeManifest(await read(manifest), manifest).filter(({ status }) => status !== 'deleted');
    for (const { file } of living) keep(file.path);
  });
  return keys;
}
