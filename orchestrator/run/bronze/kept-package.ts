/** How packages of a reading begin and end. */
import type { Scope } from '@tidemill/kit';
import { keys } from '../../storage/keys.ts';
import type { ChainLink } from './chain.ts';
import type { Commit, KeepOptions, Place } from './kept.ts';
import type { OpenPackage } from './open-package.ts';
import { PackageWriter } from './package.ts';

/** Closes the package. Without records there is none, unless that says something. */
export async function closePackage(
  open: PackageWriter,
  place: Place,
  options: KeepOptions,
  scope: Scope,
): Promise<Commit> {
  // A run that says "nothing is there" is a package too: its load deletes every row.
  if (open.isEmpty && scope === 'changes') return place;
  const { key, manifest } = await open.close({
    cursorAfter: place.cursor?.value,
    previous: options.previous,
    scope,
    readTo: place.through,
    finishedAt: options.clock.now(),
  });
  return { package: packageIn({ key, manifest }), ...place };
}

/** What is committed of a package. */
export function packageIn({ key, manifest }: ChainLink): NonNullable<Commit['package']> {
  const bytes = [...manifest.parts, ...manifest.artifacts].reduce((sum, object) => sum + object.bytes, 0);
  const { package: id, previous, records } = manifest;
  return { id, manifest: key, previous, records, bytes };
}

interface Opening {
  readonly number: number;
  readonly cursorBefore: unknown;
  readonly from: string;
}

export function openPackage(options: KeepOptions, { number, cursorBefore, from }: Opening): PackageWriter {
  const { facts, bucket, packagePrefix, clock } = options;
  const id = `${packagePrefix}-${String(number).padStart(4, '0')}`;
  const folder = keys.packageFolder(facts.service, facts.data_type, facts.interval.end.slice(0, 10), id);
  return new PackageWriter(bucket, folder, {
    ...facts,
    interval: { ...facts.interval, start: from },
    package: id,
    cursor_before: cursorBefore,
    started_at: clock.now().toISOString(),
  });
}

export function reopenPackage(
  { bucket, facts, cursorBefore, packagePrefix }: KeepOptions,
  open: OpenPackage,
): PackageWriter {
  const { package: id, folder, started_at, parts, records } = open;
  const own = { ...facts, package: id, cursor_before: cursorBefore, started_at, continued: true } as const;
  return new PackageWriter(bucket, folder, own, { parts, records, subfolder: packagePrefix });
}
