/** Packages from bronze to one warehouse, as many at once as may be, and what is told of each. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { liesInBronze } from './bronze/lacks.ts';
import { type Manifest, readManifest, scopeOf } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import { abortable } from './extract/abortable.ts';
import type { Source } from './extract/source.ts';
import { type Order, openTarget } from './order.ts';
import { type LoadReport, loadPackages } from './silver/load.ts';
import type { Telling } from './telling.ts';
import { loadHalved, mayJoin, type ReadyPackage } from './together.ts';
import { deleteLimits, keptForRejects, type LoadedOne, noticed, unnamedBy } from './unnamed.ts';
import type { Work } from './work.ts';

/** `key`: of its manifest. */
export type PackageToLoad = { readonly key: string } & (
  | { readonly id: string }
  /** Of a replay: its id, and objects of bronze whose rows go beside its own from a table that is only added to. */
  | { readonly again: string; readonly besides: readonly string[] }
);

export interface Loading {
  readonly work: Work;
  readonly source: Source;
  /** Name of the warehouse. */
  readonly target: string;
  /** These are in the warehouse now. */
  readonly onLoaded: (loaded: readonly LoadedOne[]) => Promise<void>;
  /** Bronze cannot give this one. */
  readonly onLacking: (pack: PackageToLoad, lacks: TidemillError) => Promise<void>;
}

type Ready = ReadyPackage & { readonly pack: PackageToLoad };

/** Loads the packages, each once, in their order; what bronze lacks of one keeps no other back. */
export async function loadAll(loading: Loading, packages: readonly PackageToLoad[]): Promise<void> {
  let group: Ready[] = [];
  for (const pack of packages) {
    loading.work.signal.throwIfAborted();
    const ready = await unlessBronzeLacks(() => readyIn(loading, pack));
    if ('lacks' in ready || !mayJoin(group, ready)) {
      await loadGroup(loading, group);
      group = [];
    }
    if ('lacks' in ready) await loading.onLacking(pack, ready.lacks);
    else group.push(ready);
  }
  await loadGroup(loading, group);
}

async function readyIn({ work: { order, world }, source }: Loading, pack: PackageToLoad): Promise<Ready> {
  const manifest = await readManifest(world.bucket, pack.key);
  checkTable(order.job, manifest);
  const id = 'id' in pack ? pack.id : `${manifest.package}~${pack.again}`;
  return { pack, id, manifest, scope: scopeOf(manifest, source.stream) };
}

/** Those before one that bronze cannot give are loaded before it is passed over, and so none is read more than twice. */
async function loadGroup(loading: Loading, group: readonly Ready[]): Promise<void> {
  if (group.length === 0) return;
  await loadHalved(
    group,
    async (some) => {
      const reading: Reading = { at: some[0] as Ready };
      const loaded = await unlessBronzeLacks(() => loadTogether(loading, some, reading));
      return { loaded, at: reading.at };
    },
    async ({ loaded, at: lacking }, some) => {
      if (!('lacks' in loaded)) {
        return loading.onLoaded(loaded.map((report, index) => told(loading, some[index] as Ready, report)));
      }
      const at = some.indexOf(lacking);
      await loadGroup(loading, some.slice(0, at));
      await loading.onLacking(lacking.pack, loaded.lacks);
      await loadGroup(loading, some.slice(at + 1));
    },
  );
}

/** The package whose records are being read: should bronze lack something, it is that one. */
interface Reading {
  at: Ready;
}

async function loadTogether(loading: Loading, group: readonly Ready[], reading: Reading): Promise<LoadReport[]> {
  const { work, source, target } = loading;
  const { order, world, ledger, signal, telling } = work;
  const { stream } = source;
  const others = Object.keys(ledger.state.targets).filter((name) => name !== target);
  const scope = group[0]?.scope ?? 'changes';
  return loadPackages({
    bucket: world.bucket,
    warehouse: await openTarget(world, target),
    target,
    service: order.job.service,
    stream,
    scope,
    job: order.job.id,
    packages: group.map((ready) => {
      const { pack, id, manifest } = ready;
      const objects = [...manifest.parts, ...manifest.artifacts].map((object) => object.key);
      return {
        id,
        name: manifest.package,
        records: manifest.records,
        read: () => {
          reading.at = ready;
          return abortable(readRecords(world.bucket, manifest, stream), signal);
        },
        // One that this run has committed has left nothing behind.
        ...(telling.soFar.packages.includes(id) ? {} : { others }),
        ...('again' in pack && stream.write === 'append' ? { replaces: [...objects, ...pack.besides] } : {}),
      };
    }),
    deletes: deleteLimits(order),
    now: world.clock.now(),
    onRows: (rows) => telling.tell({ type: 'rows_mapped', rows }),
    confirm: () => ledger.confirm(),
  });
}

/** Tells what became of the package. */
function told({ work, source, target }: Loading, { pack, scope }: Ready, loaded: LoadReport): LoadedOne {
  const { order, telling } = work;
  // What is loaded once more may be long over.
  const isPast = 'again' in pack || order.mode === 'backfill';
  tellLoaded(target, isPast ? noticed(loaded, telling) : loaded, scope, telling);
  const one = { ...loaded, scope, ...('id' in pack ? unnamedBy({ ...loaded, scope }, order, source.stream) : {}) };
  const kept = keptForRejects(one);
  if (kept !== undefined) telling.notice(kept);
  return one;
}

function tellLoaded(
  target: string,
  { package: id, records, parsed, rejected, quarantine, reasons, counts, bytesBilled }: LoadReport,
  scope: LoadedOne['scope'],
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
      hint: `Change service and data_type back, then \`npx tidemill replay ${id}\`.`,
    },
  );
}

/** One package that bronze cannot give must not keep those from being loaded that came after it. */
async function unlessBronzeLacks<T extends object>(
  load: () => Promise<T>,
): Promise<T | { readonly lacks: TidemillError }> {
  try {
    return await load();
  } catch (thrown) {
    const error = asTidemillError(thrown);
    if (liesInBronze(error)) return { lacks: error };
    throw error;
  }
}
