/** Where jobs stand, as text: one line each, or everything about one. Pure. */
import type { Backfill, Claim, HistoryEntry, JobState, Listing, Replay, Settlement, Span } from '../state/job-state.ts';
import { backfillCommand, count, inEnvironment, instant, lateness, plural } from '../text/format.ts';
import { fittedTable, lineText, shortened } from '../text/table.ts';
import { gateTexts, legend, markOf } from './status-marks.ts';

export interface JobStatus {
  readonly job: string;
  readonly environment: string;
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
  /** The last try that failed, at a slot that is still owed. */
  readonly attempt?: NonNullable<JobState['attempt']>;
  readonly breaker?: BreakerStatus;
  readonly paused?: { readonly at: string; readonly reason: string };
  readonly claim?: Claim;
  /** Its run has ended without a word, and the next one takes its place. */
  readonly is_claim_dead?: true;
  readonly backfill?: Backfill;
  /** A listing of everything that a run left open. */
  readonly listing?: Pick<Listing, 'records' | 'until'>;
  /** Crawls that a run waits for without a machine, out of those of its slot; nobody asks before `next_poll_at`. */
  readonly waits?: {
    readonly slot: string;
    readonly since: string;
    readonly next_poll_at: string;
    readonly open: number;
    readonly of: number;
  };
  /** Where the job has one warehouse. */
  readonly replay?: Replay;
  readonly moved_to?: string;
  /** Packages that some warehouse lacks. */
  readonly packages_to_load: number;
  /** Why packages were left out that bronze could not give. */
  readonly left_out?: readonly string[];
  /** By who is told of them: events that have not left, and why, where somebody must act. */
  readonly events_waiting?: readonly EventsWaiting[];
  /** By name; where there are several, or one that was configured later than the job's first package. */
  readonly warehouses?: Readonly<Record<string, WarehouseStatus>>;
  /** Newest last. */
  readonly recent: readonly Settlement[];
  readonly history: readonly HistoryEntry[];
}

interface EventsWaiting {
  readonly to: string;
  readonly events: number;
  readonly refused?: { readonly says: string; readonly who: string };
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

const HEAD = ['job', 'now', 'last', 'owed', 'next (UTC)'];

/** Of the planner's words, those that would not leave room for the rest. */
const short: Readonly<Record<string, string>> = { missing_credentials: 'no credentials', in_progress: 'at work' };

/**
 * One line a job, none wider than a terminal; below it what is out of the ordinary, whole. Jobs of other environments, of which
 * `elsewhere` has the names, are counted.
 */
export function statusTable(jobs: readonly JobStatus[], elsewhere: readonly string[] = []): string {
  const here = jobs.filter(({ decision }) => decision !== 'other_environment');
  const rows = here.map((status) => [
    nameOf(status),
    short[status.decision] ?? status.decision.replaceAll('_', ' '),
    status.recent.slice(-MARKS).map(markOf).join(''),
    owedText(status),
    status.paused === undefined ? minute(status.next) : 'paused',
  ]);
  const remarks = here.flatMap((status) => {
    const told = [...gateTexts(status), ...remarksOn(status), ...unreadTexts(status)];
    return told.map((remark) => `${status.job}: ${remark}`);
  });
  const away = jobs.length - here.length;
  if (here.length === 0 && away > 0) return ended([`No job is of this environment. ${awayText(away, elsewhere)}`]);
  return ended([
    fittedTable(HEAD, rows),
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
    ...(away === 0 ? [] : ['', awayText(away, elsewhere)]),
    '',
    legend(),
  ]);
}

function awayText(away: number, [first, ...others]: readonly string[]): string {
  if (first === undefined) return `Besides: ${plural(away, 'job')} of other environments.`;
  const names = [first, ...others].join(', ');
  return `Besides: ${plural(away, 'job')} of other environments (${names}): \`npx tidemill status${inEnvironment(first)}\`.`;
}

export const ended = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Longer ones would leave no room for the rest; whatever is told of a job names it whole. */
const nameOf = ({ job }: JobStatus): string => shortened(job, 28);

/** `11-21 06:00`, without the zone that the head of the column names. */
const minute = (iso: string | undefined): string => (iso === undefined ? '' : instant(iso).slice(5, 16));

/** `72, oldest 2 d 23 h late`. */
function owedText({ owed_slots: slots, oldest_owed: oldest }: JobStatus): string {
  if (oldest === undefined) return '';
  const late = lateness(oldest.lateness_seconds);
  return slots === 1 ? `1, ${late}` : `${count(slots)}, oldest ${late}`;
}

/** What is not as it always is, a sentence each. */
export function remarksOn(status: JobStatus): string[] {
  const { breaker, paused, backfill, listing, moved_to: movedTo, decision, reason } = status;
  const { unreadable_schedule: nonsense } = status;
  const remarks = [
    ...(movedTo === undefined ? [] : [`renamed to ${movedTo}`]),
    ...(paused === undefined ? [] : [`paused since ${instant(paused.at)}: ${paused.reason}`]),
    ...(breaker === undefined ? [] : [breakerText(breaker)]),
    ...claimText(status),
    ...(backfill === undefined ? [] : [backfillText(backfill)]),
    ...(listing === undefined ? [] : [listingText(listing)]),
    ...(decision === 'waiting' || decision === 'resume' || decision === 'unit_gone' ? [reason] : []),
    ...loadingRemarks(status),
    ...(nonsense === undefined ? [] : [scheduleText(nonsense)]),
    ...(status.events_waiting ?? []).map(eventsText),
  ];
  return remarks.map(lineText);
}

function claimText({ claim, is_claim_dead: isDead }: JobStatus): string[] {
  if (claim === undefined) return [];
  if (isDead) return [`run ${claim.run} died on the way: the next run goes on from what it has kept`];
  return [`run ${claim.run} is at it, until ${instant(claim.lease_until)} at the latest`];
}

function loadingRemarks({
  job,
  environment,
  warehouses,
  replay,
  packages_to_load,
  left_out = [],
}: JobStatus): string[] {
  const left = left_out.map((why) => `left out: ${why}`);
  if (warehouses === undefined) {
    return [...replayText('replay', replay), ...pendingText(packages_to_load, 'silver'), ...left];
  }
  const each = Object.entries(warehouses).flatMap(([name, one]) => [
    ...replayText(`replay into ${name}`, one.replay),
    ...pendingText(one.packages_to_load, name),
    ...(one.begins_after === undefined
      ? []
      : [
          `${name} lacks what came before it: \`npx tidemill replay ${job} --warehouse ${name}${inEnvironment(environment)}\``,
        ]),
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
export const unreadTexts = ({ job, environment, unread = [] }: JobStatus): string[] =>
  unread.map((span) => `not read: \`${backfillCommand(job, span, environment)}\``);

const listingText = ({ records, until }: NonNullable<JobStatus['listing']>): string =>
  `listing broken off: ${plural(records, 'record')} kept, and a run goes on behind them until ${instant(until)}`;

const eventsText = ({ to, events, refused }: EventsWaiting): string =>
  `${plural(events, 'event')} to be sent to ${to}${refused === undefined ? '' : `, which does not take them: ${refused.says} (${refused.who})`}`;

const backfillText = ({ from, to, through }: Backfill): string =>
  `backfill from ${instant(from)} to ${instant(to)}: done up to ${instant(through)}`;
