import type { Leftover, Owner } from '../run/bronze/orphans.ts';
import type { JobState } from '../state/job-state.ts';
import { LEASE_MS } from '../state/ledger.ts';
import { endDeadClaim } from '../state/operate.ts';
import { readState, readStates, updateState } from '../state/store.ts';
import { keys } from '../storage/keys.ts';
import { bytes, count, instant, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import { printUnreadable } from './errors.ts';
import { isLiveIn } from './operate.ts';
import type { DefineCommand } from './program.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';

interface GcOptions extends CommonOptions {
  readonly yes?: true;
}

interface Collected {
  readonly orphans: readonly Leftover[];
  readonly kept: readonly Leftover[];
  readonly isRemoved: boolean;
}

const CHANGED = 'its job has changed meanwhile; the next gc looks again';

const EXAMPLE = `
Examples:
  tidemill gc --environment prd          what could go, and what is kept for which reason
  tidemill gc --environment prd --yes    removes it`;

export const gcCommand: DefineCommand = (command, host, exit) => {
  command('gc')
    .description('List what runs that died have left in the bucket and nothing refers to. Only looks, unless --yes.')
    .option('--yes', 'remove it')
    .addHelpText('after', EXAMPLE)
    .action(async (options: GcOptions) => {
      const session = await openSession(host, options);
      const { owners, unreadable } = await readOwners(session);
      printUnreadable(host, unreadable);
      const olderThan = new Date(session.host.clock.now().getTime() - LEASE_MS);
      // Not before it is needed: every other command starts without it.
      const { findLeftovers } = await import('../run/bronze/orphans.ts');
      const leftovers = await findLeftovers(session.bucket, { owners, olderThan });
      const orphans = leftovers.filter(({ kept }) => kept === undefined);
      const kept = leftovers.filter((leftover) => leftover.kept !== undefined);
      const collected = options.yes ? await collect(session, orphans, owners) : { orphans, kept: [], isRemoved: false };
      const all = { ...collected, kept: [...kept, ...collected.kept] };
      host.stdout.write(options.json ? `${JSON.stringify(documentOf(all), undefined, 2)}\n` : textOf(all));
      exit(unreadable[0]?.exitCode ?? 0);
    });
};

/** Every job the bucket has a state of, also those the configuration knows no more. */
async function readOwners(session: Session) {
  const { bucket } = session;
  const ids: string[] = [];
  for await (const { key } of bucket.list(keys.statePrefix)) {
    if (key.endsWith('.json')) ids.push(key.slice(keys.statePrefix.length, -'.json'.length));
  }
  const { states, faults } = await readStates(
    ids.map((id) => ({ id })),
    ({ id }) => readState(bucket, id),
  );
  const isLive = isLiveIn(session);
  const owners = ids.map((job): Owner => {
    const state: Partial<JobState> = states.get(job) ?? {};
    const { claim, head, targets = {} } = state;
    const isClaimed = claim !== undefined && isLive(claim) ? 'claimed' : undefined;
    return { job, head, replays: listsOf(targets), held: faults.has(job) ? 'unreadable' : isClaimed };
  });
  return { owners, unreadable: [...faults.values()] };
}

const listsOf = (targets: JobState['targets']): string[] =>
  Object.values(targets).flatMap(({ replay }) => (replay === undefined ? [] : [replay.list]));

/** Removes the orphans of every job that nobody has touched since they were found. */
async function collect(session: Session, orphans: readonly Leftover[], owners: readonly Owner[]): Promise<Collected> {
  const removed: Leftover[] = [];
  const kept: Leftover[] = [];
  for (const [job, own] of Map.groupBy(orphans, (orphan) => orphan.job)) {
    const owner = owners.find((candidate) => candidate.job === job);
    if (owner === undefined || !(await isUntouched(session, owner))) {
      kept.push(...own.map((orphan) => ({ ...orphan, kept: CHANGED })));
      continue;
    }
    for (const orphan of own) for (const key of orphan.keys) await session.bucket.remove(key);
    removed.push(...own);
  }
  return { orphans: removed, kept, isRemoved: true };
}

/** A run whose lease is over might still wake up and commit what it has written: its claim is ended first. */
async function isUntouched(session: Session, { job, head }: Owner): Promise<boolean> {
  const { bucket, host } = session;
  const { state } = await updateState(bucket, job, (found) => endDeadClaim(found, isLiveIn(session), host.clock.now()));
  return state.claim === undefined && state.head === head;
}

function documentOf({ orphans, kept, isRemoved }: Collected): object {
  const shown = ({ job, name, keys: objects, bytes: size, newest, kept: why }: Leftover) => ({
    ...(job === undefined ? {} : { job }),
    name,
    objects: objects.length,
    bytes: size,
    written_at: newest.toISOString(),
    ...(why === undefined ? {} : { why }),
  });
  return { removed: isRemoved, orphans: orphans.map(shown), kept: kept.map(shown) };
}

function textOf({ orphans, kept, isRemoved }: Collected): string {
  const rows = orphans.map(({ name, keys: objects, bytes: size, newest }) => {
    return [name, count(objects.length), bytes(size), instant(newest.toISOString())];
  });
  const table = textTable(['what', 'objects', 'size', 'written'], rows);
  const blocks = [
    ...(orphans.length === 0 ? [] : [`${table}\n`]),
    ...reasonsOf(kept).map((line) => `${line}\n`),
    `${isRemoved ? 'Removed' : 'Nothing refers to'}: ${sumOf(orphans)}.${hint(orphans, isRemoved)}\n`,
  ];
  return blocks.join('\n');
}

const hint = (orphans: readonly Leftover[], isRemoved: boolean): string =>
  orphans.length === 0 || isRemoved ? '' : ' `tidemill gc --yes` removes it.';

/** One line for each job and reason: there may be thousands of packages. */
function reasonsOf(kept: readonly Leftover[]): string[] {
  const groups = Map.groupBy(kept, ({ job, kept: why }) => `${job ?? 'of no job'}: ${why}`);
  return [...groups].map(([what, own]) => `kept, ${what} (${sumOf(own)})`);
}

function sumOf(leftovers: readonly Leftover[]): string {
  const objects = leftovers.reduce((sum, one) => sum + one.keys.length, 0);
  const size = leftovers.reduce((sum, one) => sum + one.bytes, 0);
  return `${plural(leftovers.length, 'leftover')}, ${plural(objects, 'object')}, ${bytes(size)}`;
}
