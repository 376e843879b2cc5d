/**
 * The stage of a job with `changes: true`: what its packages have changed in the table since that was last told, as a file beside bronze
 * and as an event. Each change is in one file, whatever was cut short: the state says which file is being written, that is always of the
 * same two packages, and only ever created.
 */
import { TidemillError } from '@tidemill/kit';
import { inTemporaryFolder } from '@tidemill/kit/temporary';
import type { ToldChanges } from '../../events/run-event.ts';
import { doubtedIn } from '../../state/targets.ts';
import { Taken, type TellingChanges } from '../../state/telling-changes.ts';
import type { Bucket } from '../../storage/contract.ts';
import { shortened } from '../../text/table.ts';
import { changesSaid } from '../announce.ts';
import { changesFileOf, packageIn, readChanges, writeChanges } from '../bronze/changes-file.ts';
import type { Source } from '../extract/source.ts';
import { tableOf } from '../silver/table.ts';
import type { Work } from '../work.ts';
import { type Change, type ChangeTotals, rowsIn, Tally, totalsOf } from './change.ts';
import { changesIn } from './changes.ts';
import { type History, readHistory, type Span, type Subject } from './history.ts';
import { firstOf, lineOf } from './lines.ts';

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
export async function tellChanges(work: Work, { stream, isPublic }: Source): Promise<void> {
  const { order, ledger } = work;
  if (!order.job.changes) return;
  await ledger.refresh();
  if (ledger.state.changes?.writing !== undefined) await tellWritten(work, ledger.state.changes);
  const { head, changes } = ledger.state;
  if (head === undefined) return;
  if (changes === undefined) return ledger.tellChanges({ through: head, untold: true });
  const subject = (): Subject => ({
    bucket: work.world.bucket,
    stream,
    table: tableOf(order.job.service, stream),
    head,
    doubted: doubtedIn(ledger.state),
  });
  // What a run before this one was about to write is told first, and by itself.
  const ends = new Set([changes.writing ?? head, head]);
  for (const to of ends) {
    const known = ledger.state.changes ?? changes;
    if (known.through !== to) await tellSpan(work, subject(), { known, to, isPublic });
  }
}

/** A file that a run before this one has written, and did not live to note. Another version of this code may have: what it says is what is told. */
async function tellWritten(work: Work, known: TellingChanges): Promise<void> {
  const { world, ledger, telling } = work;
  const { writing: through = '', writing_as: taken = known } = known;
  const object = changesFileOf(through);
  const totals = await totalsIn(world.bucket, object);
  if (totals === undefined) return;
  telling.tell({ type: 'changed', object, ...totals });
  await ledger.tellChanges({ ...Taken.parse(taken), through }, changesSaid(work, object, totals));
}

async function tellSpan(work: Work, subject: Subject, step: Step): Promise<void> {
  const { known, to } = step;
  const span: Span = { from: known.through, to, ...(known.untold ? {} : { told: known }) };
  await inTemporaryFolder('changes', async (folder) => {
    const history = await readHistory(subject, span, { folder, signal: work.signal, onPackage: () => undefined });
    await tellHistory(work, subject, step, history);
  });
}

interface Step {
  readonly known: TellingChanges;
  readonly to: string;
  readonly isPublic: boolean;
}

/** Of data that is public: what a reader of a summary looks at, and no more of a row than one line. */
const MOST_SHOWN = 20;
const MOST_OF_A_LINE = 160;

async function tellHistory(work: Work, { table }: Subject, { known, to, isPublic }: Step, history: History) {
  const { world, ledger, telling } = work;
  const { taken, notes, isBroken } = history;
  const then: TellingChanges = { through: to, ...taken };
  for (const note of notes) telling.notice(`changes: ${note}`);
  if (isBroken)
    telling.notice(`changes since ${known.through} are not told: what was there then is not known any more`);
  // Where no package of this table comes before, it is the first one that there is.
  if (isBroken || !history.hasBefore) return ledger.tellChanges(then);
  const totals = totalsOf(changesIn(history, table));
  if (rowsIn(totals) === 0) return ledger.tellChanges(then);
  await ledger.tellChanges({ ...known, writing: to, writing_as: taken });
  const object = changesFileOf(to);
  const written = await writeChanges(world.bucket, object, changesIn(history, table));
  const told = written === 'written' ? totals : await totalsIn(world.bucket, object);
  const shown = firstOf(isPublic ? changesIn(history, table) : [], MOST_SHOWN).map((change) =>
    shortened(lineOf(change), MOST_OF_A_LINE),
  );
  const rows = shown.length === 0 ? {} : { shown };
  const changed = { ...(told ?? totals), ...packagesOf(known.through, to) };
  telling.tell({ type: 'changed', object, ...changed, ...rows });
  await ledger.tellChanges(then, changesSaid(work, object, changed));
}

/** What a file counts; undefined where there is none. Throws `bronze-damaged`. */
async function totalsIn(bucket: Bucket, object: string): Promise<ChangeTotals | undefined> {
  const tally = new Tally();
  try {
    for await (const change of readChanges(bucket, object)) tally.add(change as Change);
  } catch (error) {
    if (error instanceof TidemillError && error.code === 'bronze-missing') return undefined;
    throw error;
  }
  return tally.totals();
}

/** As a person names them. */
function packagesOf(from: string, to: string): Pick<ToldChanges, 'from' | 'to'> {
  const [since, last] = [packageIn(from), packageIn(to)];
  return since === undefined || last === undefined ? {} : { from: since, to: last };
}
