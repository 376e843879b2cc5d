/** From bronze to silver: the packages that wait, and those that are loaded once more. `pipeline.ts` says when. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { PendingPackage } from '../state/job-state.ts';
import { targetIn } from '../state/targets.ts';
import { type Manifest, readManifest, scopeOf } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import { listReplay, readReplay } from './bronze/replay.ts';
import { abortable } from './extract/abortable.ts';
import type { Source } from './extract/source.ts';
import { type Order, TARGET } from './order.ts';
import { type LoadReport, loadPackage } from './silver/load.ts';
import type { Telling } from './telling.ts';
import type { Work } from './work.ts';

/**
 * Without a key nothing tells a row that is read again from a new one: a full refresh would double what silver has. Throws
 * `full-refresh-doubles` unless all that was ever committed still waits to be loaded.
 */
export async function refuseToDouble({ order, world, ledger }: Work, { stream }: Source): Promise<void> {
  const { head } = ledger.state;
  if (stream.write !== 'append' || stream.key.length > 0 || head === undefined) return;
  const [oldest] = targetIn(ledger.state, TARGET).pending;
  if (oldest !== undefined && (await readManifest(world.bucket, oldest.manifest)).previous === undefined) return;
  const message = `${order.job.id} has no key: to read everything again would double its rows`;
  throw new TidemillError('config', 'full-refresh-doubles', message, {
    hint: 'Give it a primary_key. Or, to begin anew, drop its table and run `tidemill reset`.',
  });
}

/** What an earlier run committed and did not load. Answers what cannot be loaded, for a reason that lies in bronze. */
export async function loadWhatWaits(work: Work, source: Source): Promise<readonly PendingPackage[]> {
  try {
    await load(work, source);
    return [];
  } catch (thrown) {
    work.signal.throwIfAborted();
    const { kind, code } = asTidemillError(thrown);
    const isWarehouse = kind !== 'source-changed' && (kind === 'transient' || code.startsWith('warehouse-'));
    return isWarehouse ? [] : targetIn(work.ledger.state, TARGET).pending;
  }
}

/**
 * What could not be loaded gives way when everything was read anew: by a full refresh, by a stream that says everything,
 * or by a connector's stream without a cursor. (A command may have read its interval only.) It stays in bronze, and the summary
 * names it.
 */
export async function giveWay(work: Work, { stream, connector }: Source, stuck: readonly PendingPackage[]) {
  const readsEverything =
    stream.scope === 'everything' || (stream.cursor === undefined && connector.package !== 'command');
  const isNewer = stuck.length > 0 && work.ledger.state.head !== stuck.at(-1)?.manifest;
  if (work.order.mode === 'full' || (readsEverything && isNewer && stream.key.length > 0)) await setAside(work, stuck);
}

async function setAside({ ledger, telling }: Work, stuck: readonly PendingPackage[]): Promise<void> {
  for (const { id, manifest } of stuck) {
    await ledger.loaded({ target: TARGET, package: id });
    telling.notice(`set aside without loading it: ${manifest}`);
  }
}

/** Merges every committed package that silver does not have yet, oldest first; before them, what a replay has left. */
export async function load(work: Work, source: Source): Promise<void> {
  await continueReplay(work, source);
  for (const { id, manifest } of targetIn(work.ledger.state, TARGET).pending) {
    const loaded = await loadOne(work, source, { id, manifest: await readManifest(work.world.bucket, manifest) });
    const drift = await work.ledger.loaded({ target: TARGET, package: id, seen: loaded.fields });
    if (drift.added.length + drift.missing.length > 0) work.telling.tell({ type: 'drifted', ...drift });
  }
}

/** Loads bronze once more, without asking the source. A replay that is cut short is finished by the next run. */
export async function replay(work: Work, source: Source): Promise<void> {
  const { order, world, ledger, telling } = work;
  const { list, total, missing } = await listReplay(world.bucket, {
    job: order.job.id,
    id: world.runId,
    head: ledger.state.head,
    table: { service: order.job.service, data_type: order.job.data_type },
    stream: source.stream,
    from: order.replayFrom,
    pending: targetIn(ledger.state, TARGET).pending.map(({ manifest }) => manifest),
  });
  if (missing !== undefined) telling.notice(`nothing before ${missing}, which is gone, can be loaded again`);
  const begins = order.replayFrom === undefined ? 'at the first package' : 'later';
  await ledger.startReplay({ target: TARGET, replay: { id: world.runId, list, done: 0, total }, begins });
  await load(work, source);
}

async function continueReplay(work: Work, source: Source): Promise<void> {
  const { replay } = targetIn(work.ledger.state, TARGET);
  if (replay === undefined) return;
  const manifests = await readReplay(work.world.bucket, replay.list);
  for (const key of manifests.slice(replay.done)) {
    const manifest = await readManifest(work.world.bucket, key);
    // Another id than the first time, or silver would say that it has the package already.
    const replaces = source.stream.write === 'append' ? { replaces: manifest.parts.map((part) => part.key) } : {};
    await loadOne(work, source, { id: `${manifest.package}~${replay.id}`, manifest, ...replaces });
    await work.ledger.replayed(TARGET, key);
  }
  await work.world.bucket.remove(replay.list);
}

interface PackageToLoad {
  readonly id: string;
  readonly manifest: Manifest;
  readonly replaces?: readonly string[];
}

async function loadOne(
  { order, world, ledger, signal, telling }: Work,
  { stream }: Source,
  pack: PackageToLoad,
): Promise<LoadReport> {
  const { id, manifest, ...room } = pack;
  const scope = scopeOf(manifest, stream);
  checkTable(order.job, manifest);
  const loaded = await loadPackage({
    bucket: world.bucket,
    warehouse: await world.warehouse(),
    service: order.job.service,
    stream,
    scope,
    job: order.job.id,
    package: { id, records: manifest.records },
    records: abortable(readRecords(world.bucket, manifest), signal),
    maxRejectRatio: order.job.max_reject_ratio,
    now: world.clock.now(),
    onRows: (rows) => telling.tell({ type: 'rows_mapped', rows }),
    confirm: () => ledger.confirm(),
    ...room,
  });
  tellLoaded(loaded, telling);
  if (loaded.rejected > 0 && scope === 'everything') {
    telling.notice('nothing was deleted: a row that is missing may be one of the rejected records');
  }
  return loaded;
}

function tellLoaded(
  { package: id, records, rejected, quarantine, reasons, counts }: LoadReport,
  telling: Telling,
): void {
  if (quarantine !== undefined) telling.tell({ type: 'rejected', package: id, records: rejected, quarantine, reasons });
  telling.tell({ type: 'loaded', package: id, records, rejected, counts });
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
