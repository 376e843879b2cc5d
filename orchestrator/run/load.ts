/** From bronze to silver: the packages that wait, and those that are loaded once more. `pipeline.ts` says when. */
import { asTidemillError, type Scope, TidemillError } from '@tidemill/kit';
import type { JobState, PendingPackage } from '../state/job-state.ts';
import { doubtedIn, targetIn } from '../state/targets.ts';
import { type Manifest, readManifest, scopeOf } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import { listReplay, readReplay } from './bronze/replay.ts';
import { abortable } from './extract/abortable.ts';
import type { Source } from './extract/source.ts';
import { type Order, openTarget } from './order.ts';
import { type LoadReport, loadPackage } from './silver/load.ts';
import type { Telling } from './telling.ts';
import { type Unloaded, unloadedOf } from './unloaded.ts';
import { deleteLimits, type LoadedOne, noticed, unnamedBy } from './unnamed.ts';
import type { Work } from './work.ts';

/**
 * Without a key nothing tells a row that is read again from a new one: a full refresh would double what silver has. Throws
 * `full-refresh-doubles` unless all that was ever committed still waits to be loaded, into every warehouse.
 */
export async function refuseToDouble({ order, world, ledger }: Work, { stream }: Source): Promise<void> {
  const { head, targets } = ledger.state;
  if (stream.write !== 'append' || stream.key.length > 0 || head === undefined) return;
  const oldest = await Promise.all(
    Object.values(targets).map(({ pending: [first] }) => first && readManifest(world.bucket, first.manifest)),
  );
  if (oldest.every((manifest) => manifest !== undefined && manifest.previous === undefined)) return;
  const message = `${order.job.id} has no key: to read everything again would double its rows`;
  throw new TidemillError('config', 'full-refresh-doubles', message, {
    hint: 'Give it a primary_key. Or, to begin anew, drop its table and run `tidemill reset`.',
  });
}

/** What cannot be loaded, by warehouse, for a reason that lies in bronze. */
export type Stuck = ReadonlyMap<string, readonly PendingPackage[]>;

/** What an earlier run committed and did not load. Answers what cannot be. */
export async function loadWhatWaits(work: Work, source: Source): Promise<Stuck> {
  const failures = await loadEach(work, source);
  const inBronze = [...failures].filter(([, error]) => !isWarehouses(error));
  return new Map(inBronze.map(([name]) => [name, targetIn(work.ledger.state, name).pending]));
}

const isWarehouses = ({ kind, code }: TidemillError): boolean =>
  kind !== 'source-changed' && (kind === 'transient' || code.startsWith('warehouse-'));

/**
 * What could not be loaded gives way when everything was read anew: by a full refresh, by a stream that says everything,
 * or by a connector's stream without a cursor. (A command may have read its interval only.) It stays in bronze, and the summary
 * names it.
 */
export async function setAsideStuck(work: Work, { stream, connector }: Source, stuck: Stuck): Promise<void> {
  const readsEverything =
    stream.scope === 'everything' || (stream.cursor === undefined && connector.package !== 'command');
  for (const [name, packages] of stuck) {
    const isNewer = packages.length > 0 && work.ledger.state.head !== packages.at(-1)?.manifest;
    const isReplaced = readsEverything && isNewer && stream.key.length > 0;
    if (work.order.mode === 'full' || isReplaced) await setAside(work, name, packages);
  }
}

async function setAside({ ledger, telling }: Work, target: string, stuck: readonly PendingPackage[]): Promise<void> {
  const where = isOneOfSeveral(ledger.state)
    ? `set aside without loading it into ${target}`
    : 'set aside without loading it';
  for (const { id, manifest } of stuck) {
    await ledger.loaded({ target, package: id });
    telling.notice(`${where}: ${manifest}`);
  }
}

const isOneOfSeveral = ({ targets }: JobState): boolean => Object.keys(targets).length > 1;

/**
 * Merges every committed package into each warehouse that does not have it yet, oldest first; before them, what a replay
 * has left. A warehouse that fails does not keep the others from theirs. Throws when all of them did; else answers what
 * some did not get.
 */
export async function load(work: Work, source: Source): Promise<Unloaded | undefined> {
  const failures = await loadEach(work, source);
  const unloaded = unloadedOf(failures, loadsInto(work).length);
  if (unloaded?.loaded === 'nowhere') throw unloaded.error;
  return unloaded;
}

/** Names of the warehouses that this run is about. */
export const loadsInto = ({ order, ledger }: Pick<Work, 'order' | 'ledger'>): readonly string[] =>
  (order.mode === 'replay' ? order.replayInto : undefined) ?? Object.keys(ledger.state.targets);

/** Answers the failures by name of the warehouse. */
async function loadEach(work: Work, source: Source): Promise<Map<string, TidemillError>> {
  const failures = new Map<string, TidemillError>();
  for (const name of loadsInto(work)) {
    try {
      await loadInto(work, source, name);
    } catch (thrown) {
      work.signal.throwIfAborted();
      failures.set(name, asTidemillError(thrown));
    }
  }
  return failures;
}

async function loadInto(work: Work, source: Source, target: string): Promise<void> {
  const { ledger, telling, world } = work;
  await continueReplay(work, source, target);
  for (const { id, manifest } of targetIn(ledger.state, target).pending) {
    const loaded = await loadOne(work, source, { target, id, manifest: await readManifest(world.bucket, manifest) });
    const drift = await ledger.loaded({ target, package: id, seen: loaded.fields, ...unnamedBy(loaded, work.order) });
    if (drift.added.length + drift.missing.length > 0) telling.tell({ type: 'drifted', ...drift });
    tellEmptyColumns(work, source, loaded);
  }
}

/** A misspelt field would make a column that is NULL for ever, and nobody would be told. */
function tellEmptyColumns({ ledger, telling }: Work, { stream }: Source, { fields: seen }: LoadReport): void {
  if (stream.columnsIn === undefined || seen.records === 0) return;
  const filled = new Set(ledger.state.fields?.columns);
  const empty = Object.keys(stream.row.shape).filter((name) => !filled.has(name));
  if (empty.length > 0) telling.notice(`no record has ever had the field of ${empty.join(', ')}: look at its \`from\``);
}

/** Loads bronze once more, without asking the source. A replay that is cut short is finished by the next run. */
export async function replay(work: Work, source: Source): Promise<Unloaded | undefined> {
  for (const name of loadsInto(work)) await startReplay(work, source, name);
  return load(work, source);
}

async function startReplay({ order, world, ledger, telling }: Work, { stream }: Source, target: string): Promise<void> {
  const { list, total, missing } = await listReplay(world.bucket, {
    job: order.job.id,
    id: `${world.runId}.${target}`,
    head: ledger.state.head,
    table: { service: order.job.service, data_type: order.job.data_type },
    stream,
    from: order.replayFrom,
    doubted: doubtedIn(ledger.state),
    pending: targetIn(ledger.state, target).pending.map(({ manifest }) => manifest),
  });
  if (missing !== undefined) telling.notice(`nothing before ${missing}, which is gone, can be loaded again`);
  const begins = order.replayFrom === undefined ? 'at the first package' : 'later';
  await ledger.startReplay({ target, replay: { id: world.runId, list, done: 0, total }, begins });
}

async function continueReplay(work: Work, source: Source, target: string): Promise<void> {
  const { bucket } = work.world;
  const { replay } = targetIn(work.ledger.state, target);
  if (replay === undefined) return;
  const manifests = await readReplay(bucket, replay.list);
  for (const key of manifests.slice(replay.done)) {
    const manifest = await readManifest(bucket, key);
    // Another id than the first time, or silver would say that it has the package already.
    const objects = [...manifest.parts, ...manifest.artifacts].map((object) => object.key);
    const replaces = source.stream.write === 'append' ? { replaces: objects } : {};
    await loadOne(work, source, {
      target,
      id: `${manifest.package}~${replay.id}`,
      manifest,
      isHistory: true,
      ...replaces,
    });
    await work.ledger.replayed(target, key);
  }
  await bucket.remove(replay.list);
}

interface PackageToLoad {
  /** Name of the warehouse. */
  readonly target: string;
  readonly id: string;
  readonly manifest: Manifest;
  readonly replaces?: readonly string[];
  /** It is loaded once more, and what it says may be long over. */
  readonly isHistory?: true;
}

async function loadOne(
  { order, world, ledger, signal, telling }: Work,
  { stream }: Source,
  pack: PackageToLoad,
): Promise<LoadedOne> {
  const { target, id, manifest, isHistory = false, ...room } = pack;
  const scope = scopeOf(manifest, stream);
  checkTable(order.job, manifest);
  const loaded = await loadPackage({
    bucket: world.bucket,
    warehouse: await openTarget(world, target),
    service: order.job.service,
    stream,
    scope,
    job: order.job.id,
    package: { id, records: manifest.records },
    records: abortable(readRecords(world.bucket, manifest, stream), signal),
    maxRejectRatio: order.job.max_reject_ratio,
    deletes: deleteLimits(order),
    now: world.clock.now(),
    onRows: (rows) => telling.tell({ type: 'rows_mapped', rows }),
    confirm: () => ledger.confirm(),
    ...room,
  });
  const told = isHistory || order.mode === 'backfill' ? noticed(loaded, telling) : loaded;
  tellLoaded(target, told, scope, telling);
  if (loaded.rejected > 0 && scope === 'everything') {
    telling.notice('nothing was deleted: a row that is missing may be one of the rejected records');
  }
  return { ...loaded, scope };
}

function tellLoaded(
  target: string,
  { package: id, records, parsed, rejected, quarantine, reasons, counts }: LoadReport,
  scope: Scope,
  telling: Telling,
): void {
  if (quarantine !== undefined) telling.tell({ type: 'rejected', package: id, records: rejected, quarantine, reasons });
  telling.tell({ type: 'loaded', target, package: id, scope, records, parsed, rejected, counts });
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
      hint: 'Change service and data_type back and run the job once, or set the package aside with --full-refresh.',
    },
  );
}
