import { type Scope, type Stream, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { type ObjectFault, readJson, writeJson } from '../../storage/text.ts';

/** From this line of the part on, records come from this URL. */
const Source = z.object({ line: z.int().min(1), url: z.string() });

export const Part = z.object({
  key: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  records: z.int(),
  sources: z.array(Source),
});

const ArtifactEntry = z.object({
  key: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  content_type: z.string(),
  url: z.string(),
  method: z.string(),
  /** When the source had given it. Absent in older manifests. */
  fetched_at: z.iso.datetime().optional(),
});

/** What one commit added to bronze: written last, so a package without one does not exist. */
export const Manifest = z.object({
  version: z.literal(1),
  package: z.string(),
  environment: z.string(),
  job: z.string(),
  service: z.string(),
  data_type: z.string(),
  slot: z.string(),
  interval: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
  run: z.string(),
  attempt: z.int(),
  /** How the records were obtained. */
  method: z.string(),
  /** Key of the manifest that was committed before this one; absent in the first of a job. */
  previous: z.string().optional(),
  /** Absent for a stream without a cursor; `cursor_after` also where no mark came. */
  cursor_before: z.unknown().optional(),
  cursor_after: z.unknown().optional(),
  /** How much of the source it says: see `scopeOf`. */
  scope: z.enum(['changes', 'everything']).optional(),
  /** Only in older manifests, which have no `scope`. */
  everything: z.literal(true).optional(),
  /** Several runs have written it: beside its parts there may lie others, which no run went on behind. */
  continued: z.literal(true).optional(),
  records: z.int(),
  parts: z.array(Part),
  artifacts: z.array(ArtifactEntry),
  connector: z.object({ package: z.string(), version: z.string() }),
  /** Of Tidemill's own code, where the run knows it. */
  commit: z.string().optional(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * What loading the package does to the rows that it does not name. Manifests from before there was a `scope` say
 * `everything` where a run of changes had become one of everything, and nothing where every run says everything. A table that
 * is only ever added to loses no row.
 */
export function scopeOf(
  manifest: Pick<Manifest, 'scope' | 'everything'>,
  { write, scope }: Pick<Stream, 'write' | 'scope'>,
): Scope {
  if (write === 'append') return 'changes';
  if (manifest.scope !== undefined) return manifest.scope;
  return manifest.everything === true || scope === 'everything' ? 'everything' : 'changes';
}

/** Throws `manifest-contended` for a package that several runs write, and kind `bug` otherwise, when there is one already. */
export async function writeManifest(bucket: Bucket, key: string, manifest: Manifest): Promise<void> {
  const written = await writeJson(bucket, key, manifest, { onlyIf: 'absent' });
  if (written !== undefined) return;
  if (manifest.continued) {
    throw new TidemillError('transient', 'manifest-contended', `${key} was written by another run meanwhile`, {
      hint: 'Two runs went on with one listing. The next try commits what the other one has finished.',
    });
  }
  throw new TidemillError('bug', 'package-exists', `${key} is there already`);
}

/** Throws a TidemillError `bronze-missing` or `bronze-damaged`. */
export const readManifest = (bucket: Bucket, key: string): Promise<Manifest> => readJson(bucket, key, Manifest, fault);

const fault: ObjectFault = (what, object, cause) => {
  const hint =
    'Restore the object from the bucket’s versions, then `npx tidemill replay JOB`. Or read again what the source still tells: `npx tidemill run JOB --full-refresh`.';
  if (what === 'missing') return new TidemillError('config', 'bronze-missing', `${object} is gone`, { hint });
  return new TidemillError('config', 'bronze-damaged', `${object} is not a manifest`, { hint, cause });
};
