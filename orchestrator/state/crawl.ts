/**
 * Crawls of a job whose source answers later: one object each in the job's state, and each of their steps one swap of it.
 *
 *     triggering → triggered → polling → ready → downloading → done
 *
 * and from each of them to `failed`, `timed_out` or `cancelled`.
 */
import { z } from 'zod';

const Instant = z.iso.datetime();

export const CrawlStatus = z.enum([
  /** About to be asked for: whether the source has heard of it, nobody knows yet. */
  'triggering',
  'triggered',
  'polling',
  'ready',
  'downloading',
  'done',
  'failed',
  'timed_out',
  'cancelled',
]);
export type CrawlStatus = z.infer<typeof CrawlStatus>;

export const Crawl = z.object({
  /** `job.slot.target`, unique among all crawls. */
  id: z.string(),
  slot: z.string(),
  /** What its job read then, as `service/data_type`. */
  reads: z.string().optional(),
  /** The key of what it was asked for, as the connector names it. */
  target: z.string(),
  /** What the source was asked for. */
  input: z.record(z.string(), z.json()),
  /** What events and tables say of it. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** What its run was to read. */
  interval: z.object({ start: Instant, end: Instant }),
  status: CrawlStatus,
  /** When the source was about to be asked: a crawl that it began before that is not this one. */
  intent_at: Instant,
  /** What the source calls it. */
  ticket: z.string().optional(),
  triggered_at: Instant.optional(),
  /** How often it was asked after, and when last. */
  polls: z.int().min(0),
  polled_at: Instant.optional(),
  /** The source's own word for where it stands. */
  says: z.string().optional(),
  /** From then on it is not waited for any more. */
  deadline: Instant.optional(),
  ended_at: Instant.optional(),
  /** Why it failed; never a record's contents. */
  reason: z.string().optional(),
  /** What the connector counted in what it fetched. */
  counts: z.record(z.string(), z.number()).optional(),
  records: z.int().min(0).optional(),
  /** Keys of the bucket under which what the source wrote lies once more. */
  files: z.array(z.string()).optional(),
  /** Of the package that has it. */
  manifest: z.string().optional(),
  /** By warehouse: the status that its row in the tables of crawls has. */
  told: z.record(z.string(), CrawlStatus).optional(),
});
export type Crawl = z.infer<typeof Crawl>;

/** A run that waits for crawls without a machine: the next one goes on with its slot. */
export const Parked = z.object({
  slot: z.string(),
  /** When it was parked first. */
  since: Instant,
  /** The run that began with the slot, where none since has ended in any way but this. */
  begun_by: z.string().optional(),
  /** Nobody asks before. */
  next_poll_at: Instant,
  /** Crawls without an answer, and those still to be triggered; out of all of the slot. */
  open: z.int().min(0),
  of: z.int().min(0),
  /** What its runs have read up to here: the gates ask of all of it. */
  records: z.int().min(0),
  rejected: z.int().min(0),
  /** All of the slot was asked for: it asks for nothing more, whatever is configured by then. */
  has_asked: z.boolean().optional(),
  /** What the run reads. */
  interval: z.object({ start: Instant, end: Instant }),
});
export type Parked = z.infer<typeof Parked>;

/** The most that a parked run waits because a source asks for it, whatever that says: newer slots wait behind it. */
export const MOST_WAIT_MS = 24 * 60 * 60_000;

const ENDED: ReadonlySet<CrawlStatus> = new Set(['done', 'failed', 'timed_out', 'cancelled']);

export const isEnded = ({ status }: Pick<Crawl, 'status'>): boolean => ENDED.has(status);

interface Crawls {
  readonly crawls?: Crawl[] | undefined;
}

/** Those that have not ended. */
export const openCrawls = ({ crawls = [] }: Crawls): Crawl[] => crawls.filter((crawl) => !isEnded(crawl));

/** What a parked run waits for by now: since then people may have given crawls up, or triggered more. */
export function waitedFor(parked: Parked, state: Crawls): Pick<Parked, 'open' | 'of'> {
  const known = openCrawls(state).length;
  const open = parked.has_asked === true ? known : Math.max(parked.open, known);
  return { open, of: Math.max(parked.of, open) };
}

/** Slots of runs that only go on with crawls that are there: of such as somebody has triggered by hand. */
const ALONE = 'manual-crawls-';

/** `id`: of who has triggered them. */
export const crawlSlot = (id: string): string => `${ALONE}${id}`;

/** Whether a run for the slot triggers nothing, and says nothing of an interval. */
export const isCrawlSlot = (slot: string): boolean => slot.startsWith(ALONE);

/** Without what no reader misses, and nothing that a path or a URL would read otherwise. */
function shortSlot(slot: string): string {
  if (isCrawlSlot(slot)) return slot.slice(ALONE.length);
  return slot.startsWith('manual-') ? slot : slot.replace(/[-:]|\.000/g, '');
}

/** A new one of the slot: `job.slot.target`, with a number where there is one of that name already. */
export function crawlId({ job, crawls = [] }: Crawls & { readonly job: string }, slot: string, target: string): string {
  const name = `${job}.${shortSlot(slot)}.${target}`;
  const isTaken = (id: string): boolean => crawls.some((crawl) => crawl.id === id);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? name : `${name}.${number}`;
    if (!isTaken(id)) return id;
  }
}
