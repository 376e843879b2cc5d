/** What a crawl has, into bronze: one package a crawl, committed together with the end of the crawl. */
import {
  asTidemillError,
  type Copied,
  type Counted,
  type Emission,
  type Gone,
  type TidemillError,
} from '@tidemill/kit';
import { withRetry } from '@tidemill/kit/retry';
import { type Crawl, isEnded } from '../../state/crawl.ts';
import { packageSaid } from '../announce.ts';
import { copyArtifact } from '../bronze/copies.ts';
import { keep } from '../bronze/keep.ts';
import type { Commit } from '../bronze/kept.ts';
import { abortable } from '../extract/abortable.ts';
import type { Source } from '../extract/source.ts';
import { deadlineOf, factsOf, packagePrefix } from '../order.ts';
import type { Work } from '../work.ts';
import { type Desk, step, tellStep, triggered } from './desk.ts';
import { crawlSaid } from './words.ts';

/** Waits between the tries of one run; what asks for more waits for the next plan. */
const BACKOFF = { baseMs: 2_000, capMs: 60_000, maxWaitMs: 60_000 };

/** Of a run, which holds its claim. */
export interface RunDesk extends Desk {
  readonly work: Work;
  readonly source: Source;
}

/** How often a run has begun a package: each has a name of its own. */
export interface Tries {
  made: number;
}

/** The source has nothing to fetch any more: what came so far is no crawl. */
class CrawlGone extends Error {}

/** What came besides what bronze keeps. */
interface Aside {
  readonly counts: Record<string, number>;
  readonly copies: Copied['copied'][];
}

/** Ends the crawl; or answers why it could not be fetched, and leaves it for the next run. */
export async function download(desk: RunDesk, ready: Crawl, tries: Tries): Promise<TidemillError | undefined> {
  const { work } = desk;
  const { order, world, signal, telling } = work;
  const { clock, random } = world;
  const policy = { ...BACKOFF, retries: order.job.retry_attempts };
  try {
    const crawl = ready.status === 'downloading' ? ready : await step(desk, { ...ready, status: 'downloading' });
    if (isEnded(crawl)) return undefined;
    await withRetry(() => fetchOnce(desk, crawl, tries), policy, {
      ...{ clock, random, signal },
      deadline: deadlineOf(order, telling.startedAt),
    });
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof CrawlGone)) return failureOf(work, asTidemillError(thrown));
    await step(desk, { ...ready, status: 'failed', reason: thrown.message, ended_at: clock.now().toISOString() });
    return undefined;
  }
}

/** None where somebody has given the crawl up. */
function failureOf({ telling }: Work, error: TidemillError): TidemillError | undefined {
  if (error.code !== 'crawl-ended') return error;
  telling.notice(error.message);
  return undefined;
}

async function fetchOnce(desk: RunDesk, crawl: Crawl, tries: Tries): Promise<void> {
  const { work, source, declared, context } = desk;
  const { world, ledger, signal, telling } = work;
  const { stream, connector } = source;
  await ledger.refresh();
  // A try before has committed it, and was not told so; or somebody has given it up.
  const known = ledger.state.crawls?.find(({ id }) => id === crawl.id);
  if (known !== undefined && isEnded(known)) return;
  tries.made += 1;
  const order = { ...work.order, interval: spanOf(crawl) };
  const aside: Aside = { counts: {}, copies: [] };
  const emissions = withoutAsides(declared.download(context, triggered(crawl)), aside);
  const steps = keep(abortable(emissions, signal), {
    bucket: world.bucket,
    clock: world.clock,
    facts: { ...factsOf(order, world, ledger.claim), method: stream.method, connector },
    packagePrefix: packagePrefix(work.order, world, tries.made),
    scope: 'changes',
    cursor: undefined,
    cursorBefore: undefined,
    cursorAtStart: undefined,
    again: 'swallowed',
    checkpoints: undefined,
    line: 'stays',
    listing: undefined,
    previous: ledger.state.head,
    incomplete: 'refuse',
  });
  let last: Commit | undefined;
  for await (const kept of steps) {
    if ('read' in kept) telling.tell({ type: 'page_read', records: kept.read });
    else if ('isLast' in kept) last = kept;
  }
  await finish(desk, crawl, last, aside);
}

/** Everything that came is in bronze: the copies, then the swap that ends the crawl and names its package. */
async function finish(desk: RunDesk, crawl: Crawl, kept: Commit | undefined, { counts, copies }: Aside): Promise<void> {
  const { world, ledger, telling } = desk.work;
  const pack = kept?.package;
  for (const copy of copies) await copyArtifact(world.bucket, pack, copy);
  const done: Crawl = {
    ...crawl,
    status: 'done',
    counts,
    records: pack?.records ?? 0,
    files: copies.map(({ key }) => key),
    ended_at: world.clock.now().toISOString(),
    ...(pack === undefined ? {} : { manifest: pack.manifest }),
  };
  const said = [...(pack === undefined ? [] : packageSaid(desk.work, pack)), ...crawlSaid(desk.work, done)];
  await ledger.commit({ crawl: done, ...(pack === undefined ? {} : { package: pack }) }, said);
  tellStep(desk, done);
  if (pack === undefined) return;
  const { id, previous: _, ...facts } = pack;
  telling.tell({ type: 'committed', package: id, ...facts });
}

async function* withoutAsides(
  emissions: AsyncIterable<Emission<undefined> | Counted | Copied | Gone>,
  { counts, copies }: Aside,
): AsyncIterable<Emission<undefined>> {
  for await (const emission of emissions) {
    if ('counted' in emission)
      for (const [name, count] of Object.entries(emission.counted)) counts[name] = (counts[name] ?? 0) + count;
    else if ('copied' in emission) copies.push(emission.copied);
    else if ('gone' in emission) throw new CrawlGone(emission.gone);
    else yield emission;
  }
}

const spanOf = ({ interval: { start, end } }: Crawl) => ({ start: new Date(start), end: new Date(end) });
