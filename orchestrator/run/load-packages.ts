/** One package from bronze to one warehouse, and what is told of it. */
import { asTidemillError, type Scope, TidemillError } from '@tidemill/kit';
import { type Manifest, readManifest, scopeOf } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import { abortable } from './extract/abortable.ts';
import type { Source } from './extract/source.ts';
import { type Order, openTarget } from './order.ts';
import { type LoadReport, loadPackage } from './silver/load.ts';
import type { Telling } from './telling.ts';
import { deleteLimits, keptForRejects, type LoadedOne, noticed, unnamedBy } from './unnamed.ts';
import type { Work } from './work.ts';

/** `key`: of its manifest. */
export type PackageToLoad = { readonly target: string; readonly key: string } & (
  | { readonly id: string }
  /** Of a replay: its id, and objects of bronze whose rows go beside its own from a table that is only added to. */
  | { readonly again: string; readonly besides: readonly string[] }
);

export async function loadOne(
  { order, world, ledger, signal, telling }: Work,
  { stream }: Source,
  pack: PackageToLoad,
): Promise<LoadedOne> {
  const { target, key } = pack;
  const manifest = await readManifest(world.bucket, key);
  const scope = scopeOf(manifest, stream);
  checkTable(order.job, manifest);
  const id = 'id' in pack ? pack.id : `${manifest.package}~${pack.again}`;
  const objects = [...manifest.parts, ...manifest.artifacts].map((object) => object.key);
  const isNew = telling.soFar.packages.includes(id);
  const loaded = await loadPackage({
    bucket: world.bucket,
    warehouse: await openTarget(world, target),
    target,
    service: order.job.service,
    stream,
    scope,
    job: order.job.id,
    package: { id, name: manifest.package, records: manifest.records },
    records: () => abortable(readRecords(world.bucket, manifest, stream), signal),
    ...(isNew ? {} : { others: Object.keys(ledger.state.targets).filter((name) => name !== target) }),
    deletes: deleteLimits(order),
    now: world.clock.now(),
    onRows: (rows) => telling.tell({ type: 'rows_mapped', rows }),
    confirm: () => ledger.confirm(),
    ...('again' in pack && stream.write === 'append' ? { replaces: [...objects, ...pack.besides] } : {}),
  });
  // What is loaded once more may be long over.
  const told = 'again' in pack || order.mode === 'backfill' ? noticed(loaded, telling) : loaded;
  tellLoaded(target, told, scope, telling);
  const one = { ...loaded, scope, ...('id' in pack ? unnamedBy({ ...loaded, scope }, order, stream) : {}) };
  const kept = keptForRejects(one);
  if (kept !== undefined) telling.notice(kept);
  return one;
}

function tellLoaded(
  target: string,
  { package: id, records, parsed, rejected, quarantine, reasons, counts, bytesBilled }: LoadReport,
  scope: Scope,
  telling: Telling,
): void {
  if (quarantine !== undefined) telling.tell({ type: 'rejected', package: id, records: rejected, quarantine, reasons });
  const billed = bytesBilled === undefined ? {} : { bytes_billed: bytesBilled };
  telling.tell({ type: 'loaded', target, package: id, scope, records, parsed, rejected, counts, ...billed });
}

/** A job whose data type was changed has packages of another table. */
function checkTable({ id, service, data_type }: Order['job'], { package: name, ...manifest }: Manifest): void {
  if (manifest.service === service && manifest.data_type === data_type) return;
  const table = `${manifest.service}.${manifest.data_type}`;
  throw new TidemillError(
    'config',
    'package-of-other-table',
    `${name} was read for ${table}, and ${id} is another table now`,
    {
      hint: `Change service and data_type back, then \`tidemill replay ${id}\`.`,
    },
  );
}

/** What no other attempt makes better: a person has to mend bronze, the connector's parse or the configuration. */
const LIES_IN_BRONZE: ReadonlySet<string> = new Set([
  'bronze-missing',
  'bronze-damaged',
  'artifact-unparsable',
  'package-of-other-table',
]);

/** One package that bronze cannot give must not keep those from being loaded that came after it. */
export async function unlessBronzeLacks<T extends object>(
  load: () => Promise<T>,
): Promise<T | { readonly lacks: TidemillError }> {
  try {
    return await load();
  } catch (thrown) {
    const error = asTidemillError(thrown);
    if (LIES_IN_BRONZE.has(error.code)) return { lacks: error };
    throw error;
  }
}
