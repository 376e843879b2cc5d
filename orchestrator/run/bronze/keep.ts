/** The bronze stage: what the source says becomes packages, one a mark. */
import { type CursorSpec, type Emission, type Scope, type Stream, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { incomplete, undeclared } from './keep-faults.ts';
import { type PackageFacts, PackageWriter } from './package.ts';
import { Totals } from './totals.ts';

export interface Commit {
  /** Absent when a mark moved the cursor past nothing: there is no package then. */
  readonly package?: {
    readonly id: string;
    readonly manifest: string;
    /** Key of the manifest that it names as the one before. */
    readonly previous: string | undefined;
    readonly records: number;
    readonly bytes: number;
  };
  readonly cursor?: { readonly version: number; readonly value: unknown };
  /** The source was read to its end. */
  readonly isLast?: true;
}

export interface KeepOptions {
  readonly bucket: Bucket;
  readonly facts: Omit<PackageFacts, 'package' | 'cursor_before' | 'started_at'>;
  /** Unique among all packages of the job and its tries; the number of the package in this try is added. */
  readonly packagePrefix: string;
  readonly scope: NonNullable<Stream['scope']>;
  readonly cursor: CursorSpec<unknown> | undefined;
  readonly cursorBefore: unknown;
  /** Key of the manifest that was committed last. */
  readonly previous: string | undefined;
  readonly clock: { now(): Date };
  /**
   * What becomes of a run that says everything, and that the source contradicts: `refuse` it with a transient error, keep
   * it `as-changes`, or `believe` it, as somebody has looked.
   */
  readonly incomplete: 'refuse' | 'as-changes' | 'believe';
}

/** What has come so far, and what is to be committed before more is asked for. */
export type Kept =
  | Commit
  | { readonly read: number }
  | { readonly unchanged: string }
  /** What the source told is not what came: what follows is committed as changes. A sentence with both numbers. */
  | { readonly incomplete: string };

/**
 * Writes emissions to bronze and yields a commit at each mark, and a last one for what no mark covered. A run that says
 * everything is one package, an empty one too: half of everything is not everything. A run that only says `unchanged` commits
 * nothing. What is not everything after all moves no cursor, so that the next run reads everything again. Throws
 * `listing-incomplete`.
 */
export async function* keep(emissions: AsyncIterable<Emission<unknown>>, options: KeepOptions): AsyncIterable<Kept> {
  let number = 1;
  let cursor: Commit['cursor'];
  let cursorBefore = options.cursorBefore;
  let open = openPackage(options, number, cursorBefore);
  let isUnchanged = false;
  const totals = new Totals();
  let scope: Scope = options.scope === 'everything' ? 'everything' : 'changes';
  let { previous } = options;
  const close = async (said: Scope): Promise<Commit> => {
    const committed = await commit(open, cursor, { ...options, previous }, said);
    previous = committed.package?.manifest ?? previous;
    return committed;
  };
  try {
    for await (const emission of emissions) {
      if ('lines' in emission || 'records' in emission) {
        yield { read: await open.addRecords(emission) };
      } else if ('artifact' in emission) await open.addArtifact(emission);
      else if ('unchanged' in emission) {
        isUnchanged = true;
        yield { unchanged: emission.unchanged };
      } else if ('complete' in emission) totals.compare(emission.complete, open.records);
      else if ('everything' in emission) {
        if (options.scope !== 'either') throw undeclared(options.facts);
        scope = 'everything';
        totals.startOver();
        if (open.isEmpty) continue;
        yield await close('changes');
        number += 1;
        open = openPackage(options, number, cursorBefore);
      } else {
        cursor = checkedCursor(options, emission.mark);
        if (scope === 'everything') continue;
        yield { ...(await close('changes')), ...(emission.isLast === true ? { isLast: true } : {}) };
        cursorBefore = cursor.value;
        cursor = undefined;
        number += 1;
        open = openPackage(options, number, cursorBefore);
      }
    }
    if (scope === 'everything' && totals.contradiction !== undefined && options.incomplete !== 'believe') {
      if (options.incomplete === 'refuse') throw incomplete(options.facts, totals.contradiction);
      yield { incomplete: totals.contradiction };
      cursor = undefined;
      return yield await close('changes');
    }
    const hasNews = !open.isEmpty || cursor !== undefined || (scope === 'everything' && !isUnchanged);
    if (hasNews) yield { ...(await close(scope)), isLast: true };
  } catch (error) {
    await open.abort();
    throw error;
  }
}

async function commit(
  open: PackageWriter,
  cursor: Commit['cursor'],
  options: KeepOptions,
  scope: Scope,
): Promise<Commit> {
  const moved = cursor === undefined ? {} : { cursor };
  // A run that says "nothing is there" is a package too: its load deletes every row.
  if (open.isEmpty && scope === 'changes') return moved;
  const { key, manifest } = await open.close({
    cursorAfter: cursor?.value,
    previous: options.previous,
    scope,
    finishedAt: options.clock.now(),
  });
  const bytes = [...manifest.parts, ...manifest.artifacts].reduce((sum, object) => sum + object.bytes, 0);
  const { package: id, previous, records } = manifest;
  return { package: { id, manifest: key, previous, records, bytes }, ...moved };
}

function openPackage(options: KeepOptions, number: number, cursorBefore: unknown): PackageWriter {
  const { facts, bucket, packagePrefix, clock } = options;
  const id = `${packagePrefix}-${String(number).padStart(4, '0')}`;
  const folder = keys.packageFolder(facts.service, facts.data_type, facts.interval.end.slice(0, 10), id);
  return new PackageWriter(bucket, folder, {
    ...facts,
    package: id,
    cursor_before: cursorBefore,
    started_at: clock.now().toISOString(),
  });
}

function checkedCursor({ cursor, facts }: KeepOptions, mark: unknown): NonNullable<Commit['cursor']> {
  const parsed = cursor?.schema.safeParse(mark);
  if (cursor === undefined || !parsed?.success) {
    throw new TidemillError('bug', 'mark-invalid', `${facts.job}: the connector marked a cursor it does not declare`);
  }
  return { version: cursor.version, value: mark };
}
