/** Everything about one job, as text. Pure. */
import type { HistoryEntry, Settlement } from '../state/job-state.ts';
import { count, instant, lateness, plural } from '../text/format.ts';
import { fittedTable, lineText, shortened, wrapped } from '../text/table.ts';
import { ended, type JobStatus, type OwedSlot, remarksOn, unreadTexts } from './status.ts';
import { isOverGate, markOf } from './status-marks.ts';

const LABEL_COLUMNS = 13;
const TEXT_COLUMNS = 80 - LABEL_COLUMNS;

/** Everything about one job, and whole: what is long is broken into lines, and what is made to be copied is one. */
export function statusDetail(status: JobStatus): string {
  const { job, decision, reason, settled_through: settled, read_through: read, recent, history } = status;
  const facts: readonly (readonly [string, string])[] = [
    ['now', lineText(nowText(decision.replaceAll('_', ' '), reason))],
    ['settled', settled === undefined ? 'nothing yet' : `up to ${instant(settled)}`],
    ['owed', owedDetail(status)],
    ...(status.attempt === undefined ? [] : [['last try', tryText(status.attempt)] as const]),
    ['next slot', nextText(status)],
    ...(read === undefined || status.cursor !== undefined ? [] : [['reads from', instant(read)] as const]),
    ...remarksOn(status)
      .filter((remark) => remark !== lineText(reason))
      .map((remark) => ['', remark] as const),
  ];
  const lines = facts.flatMap(([what, says]) =>
    wrapped(says, TEXT_COLUMNS).map((line, index) => labelled(index === 0 ? what : '', line)),
  );
  const whole = [labelled('cursor', cursorText(status)), ...unreadTexts(status).map((text) => labelled('', text))];
  const blocks = [
    [job, ...lines, ...whole].join('\n'),
    recent.length === 0 ? neverText(status) : outcomesTable(recent),
    ...(history.length === 0 ? [] : [historyTable(history)]),
  ];
  return ended([blocks.join('\n\n')]);
}

/** Some reasons begin with the word. */
const nowText = (word: string, reason: string): string => (reason.startsWith(word) ? reason : `${word}: ${reason}`);

const neverText = ({ claim, waits, attempt }: JobStatus): string =>
  claim === undefined && waits === undefined && attempt === undefined ? 'It never ran.' : 'No run has ended yet.';

const labelled = (label: string, says: string): string => `  ${label.padEnd(LABEL_COLUMNS - 2)}${says}`.trimEnd();

const tryText = ({ at, reason }: NonNullable<JobStatus['attempt']>): string => lineText(`${instant(at)}: ${reason}`);

function nextText({ paused, next }: JobStatus): string {
  if (paused !== undefined) return 'paused';
  return next === undefined ? 'by hand' : instant(next);
}

function cursorText({ cursor, cursor_version: version }: JobStatus): string {
  if (cursor === undefined) return 'none';
  const shown = JSON.stringify(cursor);
  return version === undefined ? shown : `${shown} (version ${version})`;
}

function outcomesTable(recent: readonly Settlement[]): string {
  const rows = recent.map((settled) => {
    const { slot, from, count: slots, outcome, at, reason = '' } = settled;
    const span = slots === undefined ? [] : [`${plural(slots, 'slot')} from ${instant(from ?? slot)}`];
    const why = [...span, ...(reason === '' ? [] : [reason])].join('; ');
    return [`${markOf(settled)} ${isOverGate(settled) ? 'over a gate' : outcome}`, utc(slot), utc(at), why];
  });
  return fittedTable(['outcome', 'slot (UTC)', 'settled (UTC)', 'why'], rows);
}

const LONGEST_NAME = 16;

function historyTable(history: readonly HistoryEntry[]): string {
  const rows = history.map(({ at, who, operation, why, cursor_before: before }) => {
    const cursor = before === undefined ? '' : `; the cursor before: ${JSON.stringify(before.value)}`;
    return [utc(at), shortened(who, LONGEST_NAME), operation, `${why}${cursor}`];
  });
  return fittedTable(['when (UTC)', 'who', 'what', 'why'], rows);
}

/** A slot, where it is no run by hand, without the zone that the head of the column names. */
const utc = (iso: string): string => instant(iso).replace(' UTC', '');

/** `72: oldest 2026-11-18 07:00 UTC, 2 d 23 h late; newest 2026-11-21 06:00 UTC, 30 min late`. */
function owedDetail({ owed_slots: slots, oldest_owed: oldest, newest_owed: newest }: JobStatus): string {
  const told = ({ slot, lateness_seconds: late }: OwedSlot): string => `${instant(slot)}, ${lateness(late)}`;
  if (oldest === undefined || newest === undefined) return 'nothing';
  return slots === 1 ? `1: ${told(oldest)}` : `${count(slots)}: oldest ${told(oldest)}; newest ${told(newest)}`;
}
