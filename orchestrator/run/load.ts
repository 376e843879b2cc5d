/** From bronze to silver: the packages that wait, and those that are loaded once more. `pipeline.ts` says when. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { doubtedIn, targetIn } from '../state/targets.ts';
import { driftSaid } from './announce.ts';
import { objectsInQuarantine } from './bronze/quarantined.ts';
import { listReplay, readReplay } from './bronze/replay.ts';
import type { Source } from './extract/source.ts';
import { forgetLeftOut, leftOutIn } from './left-out.ts';
import { loadAll } from './load-packages.ts';
import { countInQuarantine, fittingPackages, quarantineText } from './quarantined.ts';
import { lookBeforeLoading, objectsOfStrangers } from './strangers.ts';
import { type Unloaded, unloadedOf } from './unloaded.ts';
import type { LoadedOne } from './unnamed.ts';
import { loadsInto, type Work } from './work.ts';

/**
 * Without a key nothing tells a row that is read again from a new one: a full refresh would double what was ever committed,
 * what still waits to be loaded, too. Throws `full-refresh-doubles`.
 */
export function refuseToDouble({ order, ledger }: Work, { stream }: Source): void {
  if (stream.write !== 'append' || stream.key.length > 0 || ledger.state.head === undefined) return;
  const message = `${order.job.id}: its table has no key, and to read everything again would double its rows`;
  throw new TidemillError('config', 'full-refresh-doubles', message, {
    hint: `Give it a primary_key. To make its table anew of all that was read: drop it, and \`npx tidemill replay ${order.job.id}\`.`,
  });
}

/** Loads what an earlier run committed and did not load. A warehouse that is away is asked again once the source was read. */
export async function loadWhatWaits(work: Work, source: Source): Promise<void> {
  await loadEach(work, source);
}

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

/** Answers the failures by name of the warehouse. */
async function loadEach(work: Work, source: Source): Promise<Map<string, TidemillError>> {
  await work.ledger.refresh();
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
  const { ledger } = work;
  const lacking = await continueReplay(work, source, target);
  const { pending } = targetIn(ledger.state, target);
  const newest = pending.at(-1);
  await lookBeforeLoading(work, source.stream, target, pending);
  const packages = pending.map(({ id, manifest }) => ({ id, key: manifest }));
  await loadAll(
    {
      ...{ work, source, target },
      onLoaded: (loaded) => noteLoaded(work, source, target, loaded),
      async onLacking({ key: manifest }, lacks) {
        // The newest may wait: nothing has come after it that it would overwrite.
        if (manifest === newest?.manifest) throw lacks;
        await ledger.leaveOut(target, { manifest, reason: lacks.message });
      },
    },
    packages,
  );
  if (lacking !== undefined) throw lacking;
}

/** The warehouse has these packages now: one change of the state for all of them. */
async function noteLoaded(work: Work, source: Source, target: string, loaded: readonly LoadedOne[]): Promise<void> {
  const { ledger, telling } = work;
  const packages = loaded.map(({ package: id, fields: seen, unnamed }) => ({
    ...{ id, seen },
    ...(unnamed === undefined ? {} : { unnamed }),
  }));
  const ids = packages.map(({ id }) => id);
  const drift = await ledger.loaded({ target, packages }, (found) => driftSaid(work, found, ids));
  const namesAll = loaded.some(({ scope, rejected }) => scope === 'everything' && rejected === 0);
  if (namesAll) await forgetLeftOut(work, target, leftOutIn(work, target));
  if (drift.added.length + drift.missing.length > 0) telling.tell({ type: 'drifted', ...drift });
  if (loaded.some(({ fields }) => fields.records > 0)) tellEmptyColumns(work, source);
}

/** A misspelt field would make a column that is NULL for ever, and nobody would be told. */
function tellEmptyColumns({ ledger, telling }: Work, { stream }: Source): void {
  if (stream.columnsIn === undefined) return;
  const filled = new Set(ledger.state.fields?.columns);
  const empty = Object.keys(stream.row.shape).filter((name) => !filled.has(name));
  if (empty.length > 0)
    telling.notice(`no record has ever had the field of ${empty.join(', ')}: look at the name, or at its \`from\``);
}

/** Loads bronze once more, without asking the source. A replay that is cut short is finished by the next run. */
export async function replay(work: Work, source: Source): Promise<Unloaded | undefined> {
  const { order, telling } = work;
  const names = loadsInto(work);
  const before = order.replayFrom === 'quarantine' ? await countInQuarantine(work, source, names) : undefined;
  for (const name of names) await startReplay(work, source, name);
  const unloaded = await load(work, source);
  if (before !== undefined) telling.notice(quarantineText(work, before, await countInQuarantine(work, source, names)));
  return unloaded;
}

async function startReplay(work: Work, source: Source, target: string): Promise<void> {
  const { order, world, ledger, telling } = work;
  const from = order.replayFrom === 'quarantine' ? await fittingPackages(work, source, target) : order.replayFrom;
  if (from instanceof Set && from.size === 0) return;
  const { service, data_type } = order.job;
  const others = Object.keys(ledger.state.targets).filter((name) => name !== target);
  const rejecting = await objectsInQuarantine(world.bucket, { service, data_type }, others);
  const { list, total, missing } = await listReplay(world.bucket, {
    job: order.job.id,
    id: `${world.runId}.${target}`,
    head: ledger.state.head,
    table: { service, data_type },
    stream: source.stream,
    from,
    rejecting: new Set(rejecting.keys()),
    doubted: doubtedIn(ledger.state),
    pending: targetIn(ledger.state, target).pending.map(({ manifest }) => manifest),
  });
  if (missing !== undefined) telling.notice(`nothing before ${missing}, which is gone, can be loaded again`);
  const begins = order.replayFrom === undefined ? 'at the first package' : 'later';
  await ledger.startReplay({ target, replay: { id: world.runId, list, done: 0, total }, begins });
}

/** Answers why packages of it had to be left out, by the first of them; the replay is over all the same. */
async function continueReplay(work: Work, source: Source, target: string): Promise<TidemillError | undefined> {
  const { bucket } = work.world;
  const { replay } = targetIn(work.ledger.state, target);
  if (replay === undefined) return undefined;
  const manifests = await readReplay(bucket, replay.list);
  const strangers = replay.done === 0 ? await objectsOfStrangers(work, source.stream, target) : [];
  // Another id than the first time, or silver would say that it has the package already.
  const packages = manifests.map((key, index) => ({ key, again: replay.id, besides: index === 0 ? strangers : [] }));
  let { done } = replay;
  let lacking: TidemillError | undefined;
  await loadAll(
    {
      ...{ work, source, target },
      async onLoaded(loaded) {
        const through = manifests.slice(done, done + loaded.length);
        done += loaded.length;
        await work.ledger.replayed({ target, manifests: through, done });
      },
      async onLacking({ key }, lacks) {
        done += 1;
        await work.ledger.replayed({ target, manifests: [key], done, why: lacks.message });
        lacking ??= lacks;
      },
    },
    packages.slice(done),
  );
  await bucket.remove(replay.list);
  return lacking;
}
