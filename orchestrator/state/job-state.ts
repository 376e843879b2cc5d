/**
 * Everything that must change together for one job, in one object: `_tidemill/state/<job>.json`.
 * The transitions are pure, `store.ts` swaps them in with a compare-and-swap.
 */
import { z } from 'zod';
import { Crawl, Parked } from './crawl.ts';
import { Outbox } from './outbox.ts';
import { Key, TellingChanges } from './telling-changes.ts';

/**
 * What a state says of its version is what a Tidemill must know to read it right. One that knows of no listings would let `gc` remove
 * the parts of one that is open: only while there is one, a state is of version 3.
 */
const [PLAIN, WITH_LISTING] = [2, 3] as const;

export const STATE_VERSION = WITH_LISTING;

/** What became of a slot. Everything neither settled nor in the future is owed. */
export const Outcome = z.enum(['done', 'superseded', 'missed', 'failed', 'skipped']);
export type Outcome = z.infer<typeof Outcome>;

const Instant = z.iso.datetime();

/** The schedule the job was registered with. Another cron or zone is another schedule, and starts when first seen. */
export const Schedule = z.object({ cron: z.string(), timezone: z.string(), effective_from: Instant });
export type Schedule = z.infer<typeof Schedule>;

/** A slot's identity: the UTC instant of a cron occurrence, or `manual-<run id>`. */
const SlotId = z.union([Instant, z.string().startsWith('manual-')]);

export const Claim = z.object({
  slot: SlotId,
  /** The run that holds the claim: unique per process. */
  run: z.string(),
  attempt: z.int().min(1),
  /** The run that began with the slot and was parked: this one goes on with it. */
  continues: z.string().optional(),
  claimed_at: Instant,
  lease_until: Instant,
  /** Where the holder can be looked up while it lives; absent on shared fleets, where only the lease counts. */
  holder: z.object({ host: z.string(), pid: z.int() }).optional(),
});
export type Claim = z.infer<typeof Claim>;

/** What became of one slot, or of `count` consecutive ones from `from` to `slot`. */
export const Settlement = z.object({
  slot: SlotId,
  from: Instant.optional(),
  count: z.int().min(2).optional(),
  outcome: Outcome,
  at: Instant,
  run: z.string().optional(),
  /** How long its run took. */
  seconds: z.number().min(0).optional(),
  /** Error code and message of a failure; never a record's contents. */
  reason: z.string().optional(),
  /** Of a run that read on from where the last one had stopped: up to where it has read its source. */
  read_through: Instant.optional(),
  /** Of slots that are given up: from here up to `slot` no run will read, unless somebody asks for it. */
  unread_from: Instant.optional(),
});
export type Settlement = z.infer<typeof Settlement>;

/** A failed try at a slot that is still owed. */
const Attempt = z.object({
  slot: SlotId,
  count: z.int().min(1),
  at: Instant,
  reason: z.string(),
  /** How many of them failed for what may pass by itself: the slot is not given up for those. */
  passed: z.int().min(1).optional(),
});

/** A span of time, `[from, to)`. */
const Span = z.object({ from: Instant, to: Instant });
export type Span = z.infer<typeof Span>;

/** A package that bronze holds and a warehouse does not yet. */
export const PendingPackage = z.object({ id: z.string(), manifest: Key });
export type PendingPackage = z.infer<typeof PendingPackage>;

/**
 * Runs that failed in a row, by whatever slot. A planner that sees too many of them holds the job back: the breaker is
 * open (`plan/breaker.ts`). A run that ends well removes it.
 */
const Breaker = z.object({ failures: z.int().min(1), since: Instant, last_failure_at: Instant });
export type Breaker = z.infer<typeof Breaker>;

/** What changes a state besides plans and runs. */
export const Operation = z.enum([
  'pause',
  'resume',
  'reset',
  'rewind',
  'backfill',
  'replay',
  'unlock',
  'rename',
  'retarget',
]);
export type Operation = z.infer<typeof Operation>;

/** What somebody did to the state by hand. */
export const HistoryEntry = z.object({
  at: Instant,
  who: z.string(),
  operation: Operation,
  why: z.string(),
  /** The cursor that was forgotten or moved, so that it can be put back. */
  cursor_before: z.object({ version: z.int(), value: z.unknown() }).optional(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

/** A span of the past that is read again, slice by slice: everything up to `through` is done. */
export const Backfill = z.object({
  id: z.string(),
  from: Instant,
  to: Instant,
  through: Instant,
  /** How far the slice after `through` was read; the live cursor stays where it is. */
  cursor: z.object({ version: z.int(), value: z.unknown() }).optional(),
});
export type Backfill = z.infer<typeof Backfill>;

/** Packages of bronze that are loaded once more: the object `list` names their manifests, `done` of them are loaded. */
export const Replay = z.object({ id: z.string(), list: Key, done: z.int().min(0), total: z.int().min(0) });
export type Replay = z.infer<typeof Replay>;

/** A committed package that bronze cannot give, and why not; never a record's contents. */
const LeftOut = z.object({ manifest: Key, reason: z.string() });
export type LeftOut = z.infer<typeof LeftOut>;

/** What one warehouse that the job loads into does not have yet. */
const targetShape = z.object({
  /** Oldest first. */
  pending: z.array(PendingPackage),
  replay: Replay.optional(),
  /**
   * The manifest that was the newest when the warehouse was configured, later than the job's first package, or was found
   * empty: what was committed up to it has to be replayed, and was not.
   */
  begins_after: Key.optional(),
  /** Passed over so that what came later is loaded, at most `MOST_LEFT_OUT`; a replay loads them in their turn. */
  left_out: z.array(LeftOut).optional(),
  /**
   * The first package of everything that left rows it does not name; gone when one has settled all. What was said since then is
   * nobody's to believe yet.
   */
  doubted_since: Key.optional(),
});
export type Target = z.infer<typeof targetShape>;

/** A package of everything that a run has left open in the middle: the next one goes on in it, unless that is too late. */
export const Listing = z.object({
  /** The object that says what it has, and where the source is asked on. */
  object: Key,
  /** The package's. */
  folder: Key,
  records: z.int().min(0),
  until: Instant,
});
export type Listing = z.infer<typeof Listing>;

/** Top-level fields of the records so far, by name. */
export const Fields = z.object({
  /** In every record. */
  always: z.array(z.string()),
  sometimes: z.array(z.string()),
  /** How many records that was learned from. */
  records: z.int().min(0),
  /** Columns of a command job whose field some record has had. */
  columns: z.array(z.string()).optional(),
  /** Until a run has ended well that began without fields: what it sees for the first time is not new. */
  learning: z.literal(true).optional(),
});
export type Fields = z.infer<typeof Fields>;

const stateShape = z.object({
  version: z.literal([PLAIN, WITH_LISTING]),
  job: z.string(),
  /** Counts the swaps, so that no two states are ever equal bytes. */
  revision: z.int().min(0),
  schedule: Schedule.optional(),
  /** Every slot up to and including this instant is settled. */
  settled_through: Instant.optional(),
  /** Where the last interval that was read to its end stopped: the next one begins there. */
  read_through: Instant.optional(),
  /** What lies before that and was given up unread, oldest first, at most `MOST_UNREAD` of them. */
  unread: z.array(Span).optional(),
  /** Newest last, at most `RECENT` of them. */
  recent: z.array(Settlement),
  attempt: Attempt.optional(),
  claim: Claim.optional(),
  /** The claim that its own run ended last: a run that lost the answer to that knows its end again. */
  ended: Claim.pick({ slot: true, run: true }).optional(),
  cursor: z.object({ version: z.int(), value: z.unknown() }).optional(),
  /** By name of the warehouse. A claim makes them the ones that the job is configured to load into. */
  targets: z.record(z.string(), targetShape.loose()),
  /** Manifest of the newest committed package. Each manifest names the one before it: that chain is what counts. */
  head: Key.optional(),
  listing: Listing.optional(),
  /** Open slots whose source was read to its end: another attempt at one only loads and settles. */
  extracted: z.array(SlotId).optional(),
  fields: Fields.optional(),
  /** Of a job with `changes`. */
  changes: TellingChanges.optional(),
  breaker: Breaker.optional(),
  /** Events that are to leave; only where somebody is told of them. */
  outbox: Outbox.optional(),
  /** Of a job whose source answers later, oldest first. */
  crawls: z.array(Crawl).optional(),
  parked: Parked.optional(),
  paused: z.object({ at: Instant, reason: z.string() }).optional(),
  backfill: Backfill.optional(),
  /** The job was renamed: its state lives on under this id, and nothing runs under the old one. */
  moved_to: z.string().optional(),
  /** Newest last, at most `MOST_HISTORY` of them. */
  history: z.array(HistoryEntry).optional(),
});
export type JobState = Omit<z.infer<typeof stateShape>, 'targets'> & {
  readonly targets: Readonly<Record<string, Target>>;
};

/** Fields that a later Tidemill has added are kept as they are: an older leg must not take them away. */
const Version2 = stateShape.loose();

/** The version that a state is written with. */
export const versionOf = ({ listing }: Pick<JobState, 'listing'>): JobState['version'] =>
  listing === undefined ? PLAIN : WITH_LISTING;

/**
 * Version 1 knew one warehouse, and had what that lacks beside everything else. Its name is the one that an
 * environment's only warehouse has; where that is called otherwise by now, a claim sees to it.
 */
const Version1 = stateShape
  .omit({ targets: true })
  .extend({ version: z.literal(1), packages: z.array(PendingPackage), replay: Replay.optional() })
  .transform(({ packages, replay, ...rest }) => ({
    ...rest,
    version: PLAIN,
    targets: { main: { pending: packages, ...(replay === undefined ? {} : { replay }) } },
  }));

/** A state of any version there ever was, read as one of the newest. */
export const JobState: z.ZodType<JobState> = z.discriminatedUnion('version', [Version2, Version1]);
