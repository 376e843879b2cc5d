/**
 * The stage of a job with `changes: true`: what its packages have changed in the table since that was last told, as a file beside bronze
 * and as an event. Each change is in one file, whatever was cut short: the state says which file is being written, that is always of the
 * same two packages, and only ever created.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToldChanges } from '../../events/run-event.ts';
import type { TellingChanges } from '../../state/job-state.ts';
import { doubtedIn } from '../../state/targets.ts';
import { changesFileOf, packageIn, readChanges, writeChanges } from '../bronze/changes-file.ts';
import type { Source } from '../extract/source.ts';
import { tableOf } from '../silver/table.ts';
import type { Work } from '../work.ts';
import { type Change, rowsIn, totalsOf } from './change.ts';
import { changesIn } from './changes.ts';
import { type History, readHistory, type Span, type Subject } from './history.ts';

/**
 * Before anything is read: from here on each change is told, though this run should die, or load nothing. What is there is a change of
 * nothing.
 */
export async function beginChanges({ order, ledger }: Pick<Work, 'order' | 'ledger'>): Promise<void> {
  const { head, changes } = ledger.state;
  if (order.job.changes && changes === undefined && head !== undefined)
    await ledger.tellChanges({ through: head, untold: true });
}

/** The first package of a job is no change of anything. */
export async function tellChanges(work: Work, { stream }: Source): Promise<void> {
  const { order, ledger } = work;
  if (!order.job.changes) return;
  await ledger.refresh();
  const { head, changes } = ledger.state;
  if (head === undefined) return;
  if (changes === undefined) return ledger.tellChanges({ through: head });
  const subject = (): Subject => ({
    bucket: work.world.bucket,
    stream,
    table: tableOf(order.job.service, stream),
    head,
    doubted: doubtedIn(ledger.state),
  });
  // What a run before this one has begun to write is told first, and by itself.
  const ends = new Set([changes.writing ?? head, head]);
  for (const to of ends) {
    const known = ledger.state.changes ?? changes;
    const told = known.untold ? {} : { told: { settled: known.settled } };
    if (known.through !== to) await tellSpan(work, subject(), { from: known.through, to, ...told });
  }
}

async function tellSpan(work: Work, subject: Subject, span: Span): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-changes-'));
  try {
    const history = await readHistory(subject, span, { folder, signal: work.signal, onPackage: () => undefined });
    await tellHistory(work, subject, span, history);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tellHistory({ world, ledger, telling }: Work, { table }: Subject, span: Span, history: History) {
  const { from = '', to } = span;
  const settled = history.settled ?? span.told?.settled;
  const known: TellingChanges = { through: to, ...(settled === undefined ? {} : { settled }) };
  for (const note of history.notes) telling.notice(`changes: ${note}`);
  if (history.isBroken) telling.notice(`changes since ${from} are not told: the chain does not reach so far`);
  // Where no package of this table comes before, it is the first one that there is.
  if (history.isBroken || !history.hasBefore) return ledger.tellChanges(known);
  const totals = totalsOf(changesIn(history, table));
  if (rowsIn(totals) === 0) return ledger.tellChanges(known);
  const before = ledger.state.changes ?? { through: from };
  await ledger.tellChanges({ ...before, writing: to });
  const object = changesFileOf(to);
  const written = await writeChanges(world.bucket, object, changesIn(history, table));
  // Another version of this code may have written one that is there: what it says is what is told.
  const told = written === 'written' ? totals : totalsOf((await readChanges(world.bucket, object)) as Change[]);
  telling.tell({ type: 'changed', object, ...told, ...packagesOf(span) });
  await ledger.tellChanges(known);
}

/** As a person names them. */
function packagesOf({ from = '', to }: Span): Pick<ToldChanges, 'from' | 'to'> {
  const [since, last] = [packageIn(from), packageIn(to)];
  return since === undefined || last === undefined ? {} : { from: since, to: last };
}
