/** Which packages a replay loads, and in which order: an object of its own, for there may be thousands. */
import { type Stream, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { type ObjectFault, readJson, writeJson } from '../../storage/text.ts';
import { chainOf } from './chain.ts';
import { type Manifest, scopeOf } from './manifest.ts';

const ReplayList = z.object({ version: z.literal(1), manifests: z.array(z.string()) });

export interface PackagesRequest {
  readonly head: string | undefined;
  /** Packages of another table, which the job had before, are left out. */
  readonly table: Pick<Manifest, 'service' | 'data_type'>;
  readonly stream: Pick<Stream, 'write' | 'scope'>;
  /** Only packages that were finished then or later, or these of a quarantine, by their names; without it, all. */
  readonly from?: Date | ReadonlySet<string> | undefined;
  /** Names of packages with rejects: one of everything did not take the place of all that came before it. */
  readonly rejecting: ReadonlySet<string>;
  /** Manifests from which on nobody has believed yet what was said of everything. */
  readonly doubted: readonly string[];
  /** Manifests of packages that silver does not have yet: they come in their turn, whatever `from` says. */
  readonly pending: readonly string[];
  /** Manifests to leave out: one of them that says everything took the place of nothing. */
  readonly without?: ReadonlySet<string>;
}

export interface ReplayRequest extends PackagesRequest {
  readonly job: string;
  /** Names the replay; unique among those of the job. */
  readonly id: string;
}

export interface Packages {
  /** Keys of their manifests, oldest first. */
  readonly manifests: readonly string[];
  /** Key of a manifest that is gone: what was committed before it cannot be loaded again. */
  readonly missing?: string;
}

export interface ReplayOutline {
  /** Key of the list. */
  readonly list: string;
  readonly total: number;
  /** Key of a manifest that is gone: what was committed before it cannot be loaded again. */
  readonly missing?: string;
}

/**
 * The packages of the chain, oldest first, as they were first loaded: from the newest that says everything there is
 * onwards, where one does without a reject and is not doubted. What came after a package of a quarantine is loaded once more
 * with it, so that a newer row wins; but for tables that are only ever added to, where no order counts. Only looks.
 */
export async function packagesToReplay(bucket: Bucket, request: PackagesRequest): Promise<Packages> {
  const { table, from, stream } = request;
  const manifests: string[] = [];
  const wanted = from instanceof Set ? new Set<string>(from) : undefined;
  const isAlone = wanted !== undefined && stream.write === 'append';
  const pending = new Set(isAlone ? [] : request.pending);
  const doubted = new Set(request.doubted);
  let missing: string | undefined;
  for await (const link of chainOf(bucket, request.head)) {
    if ('missing' in link) {
      missing = link.missing;
      break;
    }
    const { key, manifest } = link;
    const isOlder = from instanceof Date && Date.parse(manifest.finished_at) < from.getTime();
    if ((isOlder || wanted?.size === 0) && pending.size === 0) break;
    pending.delete(key);
    const isWanted = wanted?.delete(manifest.package) === true;
    if (manifest.service !== table.service || manifest.data_type !== table.data_type) continue;
    const isLeftOut = request.without?.has(key) === true;
    if (!isLeftOut && (!isAlone || isWanted)) manifests.unshift(key);
    const isBelieved = !isLeftOut && doubted.size === 0 && !request.rejecting.has(manifest.package);
    doubted.delete(key);
    if (isBelieved && scopeOf(manifest, stream) === 'everything') break;
  }
  return { manifests, ...(missing === undefined ? {} : { missing }) };
}

/** Writes down what is to be loaded: the replay goes on from there when it is cut short. */
export async function listReplay(bucket: Bucket, request: ReplayRequest): Promise<ReplayOutline> {
  const { manifests, ...gone } = await packagesToReplay(bucket, request);
  const list = keys.replay(request.job, request.id);
  if (manifests.length > 0)
    await writeJson(bucket, list, { version: 1, manifests: [...manifests] } satisfies z.infer<typeof ReplayList>);
  return { list, total: manifests.length, ...gone };
}

/** The keys of the manifests. Throws `replay-missing` or `replay-damaged`. */
export const readReplay = async (bucket: Bucket, list: string): Promise<readonly string[]> =>
  (await readJson(bucket, list, ReplayList, fault)).manifests;

const fault: ObjectFault = (what, object, cause) => {
  const hint = 'Start the replay again: `npx tidemill replay JOB`. Or give it up: `npx tidemill replay JOB --abandon`.';
  if (what === 'missing') return new TidemillError('config', 'replay-missing', `${object} is gone`, { hint });
  return new TidemillError('config', 'replay-damaged', `${object} is not the list of a replay`, { hint, cause });
};
