/** Where jobs stand, as text: one line each, or everything about one. Pure. */
import type { Backfill, Claim, HistoryEntry, Outcome, Replay, Settlement, Span } from '../state/job-state.ts';
import { backfillCommand, count, instant, lateness, plural } from '../text/format.ts';
import { fittedTable, lineText, shortened, wrapped } from '../text/table.ts';

export interface JobStatus {
  readonly job: string;
  /** The planner's word and reason. */
  readonly decision: string;
  readonly reason: string;
  /** Slots that would run now. */
  readonly owed: readonly string[];
  /** Slots that nobody has settled yet. */
  readonly owed_slots: number;
  readonly oldest_owed?: OwedSlot;
  readonly newest_owed?: OwedSlot;
  /** Of the slot that runs now or waits. */
  readonly lateness_seconds?: number;
  /** The registered one, where it says nothing. */
  readonly unreadable_schedule?: { readonly cron: string; readonly timezone: string };
  /** The next slot. */
  readonly next?: string;
  readonly settled_through?: string;
  /** Where the next interval begins. */
  readonly read_through?: string;
  /** Spans before that which were given up unread. */
  readonly unread?: readonly Span[];
  readonly cursor?: unknown;
  readonly cursor_version?: number;
  readonly breaker?: BreakerStatus;
  readonly paused?: { readonly at: string; readonly reason: string };
  readonly claim?: Claim;
  readonly backfill?: Backfill;
  /** Where the job has one warehouse. */
  readonly replay?: Replay;
  readonly moved_to?: string;
  /** Packages that some warehouse lacks. */
  readonly packages_to_load: number;
  /** Why packages were left out that bronze could not give. */
  readonly left_out?: readonly string[];
  /** By name; where there are several, or one that was configured later than the job's first package. */
  readonly warehouses?: Readonly<Record<string, WarehouseStatus>>;
  /** Newest last. */
  readonly recent: readonly Settlement[];
  readonly history: readonly HistoryEntry[];
}

export interface WarehouseStatus {
  readonly packages_to_load: number;
  readonly replay?: Replay;
  /** The manifest up to which it was never loaded into: then it was configured. */
  readonly begins_after?: string;
}

export interface OwedSlot {
  readonly slot: string;
  readonly lateness_seconds: number;
}

export interface BreakerStatus {
  /** `probing`: open, and the next run is the probe. */
  readonly state: 'closed' | 'open' | 'probing';
  readonly failures: number;
  readonly since: string;
  readonly probe_at?: string;
}

/** Outcomes in a line of the table. */
const MARKS = 5;

const marks = { done: '✓', failed: '✗', superseded: '›', missed: '!', skipped: '–' } as const satisfies Record<
  Outcome,
  string
>;

const HEAD = ['job', 'now', 'last', 'owed', 'next (UTC)'];

/** Of the planner's words, those that would not leave room for the rest. */
const short: Readonly<Record<string, string>> = { missing_credentials: 'no credentials', in_progress: 'at work' };

/** One line a job, none wider than a terminal; below it what is out of the ordinary, whole. Jobs of other environments are counted. */
export function statusTable(jobs: readonly JobStatus[]): string {
  const here = jobs.filter(({ decision }) => decision !== 'other_environment');
  const rows = here.map((status) => [
    nameOf(status),
    short[status.decision] ?? status.decision.replaceAll('_', ' '),
    status.recent
      .slice(-MARKS)
      .map(({ outcome }) => marks[outcome])
      .join(''),
    owedText(status),
    status.paused === undefined ? minute(status.next) : 'paused',
  ]);
  const remarks = here.flatMap((status) => {
    const told = [...remarksOn(status), ...unreadTexts(status)];
    return told.map((remark) => `${status.job}: ${remark}`);
  });
  const away = jobs.length - here.length;
  return ended([
    fittedTable(HEAD, rows),
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
    ...(away === 0 ? [] : ['', `Besides: ${plural(away, 'job')} of other environments.`]),
    '',
    legend(),
  ]);
}

const ended = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Longer ones would leave no room for the rest; whatever is told of a job names it whole. */
const nameOf = ({ job }: JobStatus): string => shortened(job, 28);

const legend = (): string =>
  Object.entries(marks)
    .map(([outcome, mark]) => `${mark} ${outcome}`)
    .join('  ');

/** `11-21 06:00`, without the zone that the head of the column names. */
const minute = (iso: string | undefined): string => (iso === undefined ? '' : instant(iso).slice(5, 16));

/** `72, oldest 2 d 23 h late`. */
function owedText({ owed_slots: slots, oldest_owed: oldest }: JobStatus): string {
  if (oldest === undefined) return '';
  const late = lateness(oldest.lateness_seconds);
  return slots === 1 ? `1, ${late}` : `${count(slots)}, oldest ${late}`;
}

/** `72: oldest 2026-11-18 07:00 UTC, 2 d 23 h late; newest 2026-11-21 06:00 UTC, 30 min late`. */
function owedDetail({ owed_slots: slots, oldest_owed: oldest, newest_owed: newest }: JobStatus): string {
  const told = ({ slot, lateness_seconds: late }: OwedSlot): string => `${instant(slot)}, ${lateness(late)}`;
  if (oldest === undefined || newest === undefined) return 'nothing';
  return slots === 1 ? `1: ${told(oldest)}` : `${count(slots)}: oldest ${told(oldest)}; newest ${told(newest)}`;
}

/** What is not as it always is, a sentence each. */
function remarksOn(status: JobStatus): string[] {
  const { breaker, paused, claim, backfill, moved_to: movedTo } = status;
  const { unreadable_schedule: nonsense } = status;
  const remarks = [
    ...(movedTo === undefined ? [] : [`renamed to ${movedTo}`]),
    ...(paused === undefined ? [] : [`paused since ${instant(paused.at)}: ${paused.reason}`]),
    ...(breaker === undefined ? [] : [breakerText(breaker)]),
    ...(claim === undefined ? [] : [`run ${claim.run} is at it, until ${instant(claim.lease_until)} at the latest`]),
    ...(backfill === undefined ? [] : [backfillText(backfill)]),
    ...loadingRemarks(status),
    ...(nonsense === undefined ? [] : [scheduleText(nonsense)]),
  ];
  return remarks.map(lineText);
}

function loadingRemarks({ job, warehouses, replay, packages_to_load, left_out = [] }: JobStatus): string[] {
  const left = left_out.map((why) => `left out: ${why}`);
  if (warehouses === undefined) {
    return [...replayText('replay', replay), ...pendingText(packages_to_load, 'silver'), ...left];
  }
  const each = Object.entries(warehouses).flatMap(([name, one]) => [
    ...replayText(`replay into ${name}`, one.replay),
    ...pendingText(one.packages_to_load, name),
    ...(one.begins_after === undefined
      ? []
      : [`${name} lacks what came before it: \`tidemill replay ${job} --warehouse ${name}\``]),
  ]);
  return [...each, ...left];
}

const replayText = (what: string, replay: Replay | undefined): string[] =>
  replay === undefined ? [] : [`${what}: ${count(replay.done)} of ${plural(replay.total, 'package')} loaded`];

const pendingText = (packages: number, where: string): string[] =>
  packages === 0 ? [] : [`${plural(packages, 'package')} to load into ${where}`];

const scheduleText = ({ cron, timezone }: NonNullable<JobStatus['unreadable_schedule']>): string =>
  `schedule unreadable: "${cron}" in ${timezone} was registered; nobody knows what it owes until a plan registers it anew`;

function breakerText({ state, failures, since, probe_at }: BreakerStatus): string {
  const failed = `${plural(failures, 'run')} failed since ${instant(since)}`;
  switch (state) {
    case 'closed':
      return `${failed}; the breaker is closed`;
    case 'open':
      return `${failed}; the breaker is open until ${instant(probe_at ?? since)}`;
    case 'probing':
      return `${failed}; the breaker is open, and the next run is its probe`;
    default:
      return state satisfies never;
  }
}

/** Whole, however long: they are made to be copied. */
const unreadTexts = ({ job, unread = [] }: JobStatus): string[] =>
  unread.map((span) => `not read: \`${backfillCommand(job, span)}\``);

const backfillText = ({ from, to, through }: Backfill): string =>
  `backfill from ${instant(from)} to ${instant(to)}: done up to ${instant(through)}`;

const LABEL_COLUMNS = 13;
const TEXT_COLUMNS = 80 - LABEL_COLUMNS;

/** Everything about one job, and whole: what is long is broken into lines, and what is made to be copied is one. */
export function statusDetail(status: JobStatus): string {
  const { job, decision, reason, settled_through: settled, read_through: read, recent, history } = status;
  const facts: readonly (readonly [string, string])[] = [
    ['now', lineText(`${decision}: ${reason}`)],
    ['settled', settled === undefined ? 'nothing yet' : `up to ${instant(settled)}`],
    ['owed', owedDetail(status)],
    ['next slot', nextText(status)],
    ...(read === undefined || status.cursor !== undefined ? [] : [['reads from', instant(read)] as const]),
    ...remarksOn(status).map((remark) => ['', remark] as const),
  ];
  const lines = facts.flatMap(([what, says]) =>
    wrapped(says, TEXT_COLUMNS).map((line, index) => labelled(index === 0 ? what : '', line)),
  );
  const whole = [labelled('cursor', cursorText(status)), ...unreadTexts(status).map((text) => labelled('', text))];
  const blocks = [
    [job, ...lines, ...whole].join('\n'),
    recent.length === 0 ? 'It never ran.' : outcomesTable(recent),
    ...(history.length === 0 ? [] : [historyTable(history)]),
  ];
  return ended([blocks.join('\n\n')]);
}

const labelled = (label: string, says: string): string => `  ${label.padEnd(LABEL_COLUMNS - 2)}${says}`.trimEnd();

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
  const rows = recent.map(({ slot, from, count: slots, outcome, at, reason = '' }) => {
    const span = slots === undefined ? [] : [`${plural(slots, 'slot')} from ${instant(from ?? slot)}`];
    const why = [...span, ...(reason === '' ? [] : [reason])].join('; ');
    return [`${marks[outcome]} ${outcome}`, utc(slot), utc(at), why];
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
