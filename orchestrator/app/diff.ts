/** What has changed in a job's table between two points in time, by bronze alone: no warehouse is asked. Only looks. */
import { TidemillError } from '@tidemill/kit';
import { inTemporaryFolder } from '@tidemill/kit/temporary';
import type { Job } from '../config/job.ts';
import { type ChainLink, chainOf } from '../run/bronze/chain.ts';
import { type Change, type ChangeTotals, totalsOf } from '../run/changes/change.ts';
import { changesIn } from '../run/changes/changes.ts';
import { readHistory } from '../run/changes/history.ts';
import { tableOf } from '../run/silver/table.ts';
import { readRenamed } from '../state/rename.ts';
import { doubtedIn } from '../state/targets.ts';
import { sourceNow } from './comparison.ts';
import { jobOf } from './operate.ts';
import { parseInstant, type Session } from './session.ts';

export { firstOf, lineOf } from '../run/changes/lines.ts';

export interface DiffRequest {
  /** Its id. */
  readonly job: string;
  /** A package, or an instant: the newest one that was finished by then. Without it, the one before `to`. */
  readonly from?: string | undefined;
  /** The same; without it, the newest there is. */
  readonly to?: string | undefined;
  readonly onPackage: (done: number) => void;
}

/** A point of the chain. */
export interface Point {
  readonly package: string;
  readonly finished_at: string;
}

export interface Difference {
  readonly job: string;
  /** `service.data_type`. */
  readonly table: string;
  /** Anybody may read its source: its values may be shown anywhere. */
  readonly isPublic: boolean;
  /** Undefined before the first package. */
  readonly from: Point | undefined;
  /** Undefined of a job without packages. */
  readonly to: Point | undefined;
  readonly totals: ChangeTotals;
  /** What may be missing, a sentence each. */
  readonly notes: readonly string[];
}

/** Hands the changes to `read` as often as it asks for them. Throws `unknown-job`, `one-job`, `unknown-package` and `diff-backwards`. */
export async function diff<T>(
  session: Session,
  request: DiffRequest,
  read: (difference: Difference, changes: () => Iterable<Change>) => T,
): Promise<T> {
  const { bucket, host } = session;
  const job = jobOf(session, request.job);
  const { state } = await readRenamed(bucket, job);
  const { stream, isPublic } = await sourceNow(session, job);
  const table = tableOf(job.service, stream);
  const named = { job: job.id, table: `${table.schema}.${table.name}`, isPublic };
  const points = await pointsOf(session, job, state.head, request);
  if (points.to === undefined) {
    const nothing = { ...named, from: undefined, to: undefined, totals: totalsOf([]), notes: [noPackage(bucket.url)] };
    return read(nothing, () => []);
  }
  const { to: end } = points;
  return inTemporaryFolder('diff', async (folder) => {
    const subject = { bucket, stream, table, head: state.head, doubted: doubtedIn(state) };
    const span = { from: points.from?.key, to: end.key };
    const history = await readHistory(subject, span, { folder, signal: host.interrupted, ...request });
    const changes = (): Iterable<Change> => (points.isFirst ? [] : changesIn(history, table));
    const notes = [...(points.isFirst ? [FIRST_PACKAGE] : []), ...history.notes];
    const [from, to] = [points.from, points.to].map((link) => link && pointOf(link));
    return read({ ...named, from, to, totals: totalsOf(changes()), notes }, changes);
  });
}

const noPackage = (url: string): string => `it has no package in ${url}`;
const FIRST_PACKAGE =
  'no package comes before it, so there is nothing to compare it with; --from an instant before it shows every row';

const pointOf = ({ manifest }: ChainLink): Point => ({
  package: manifest.package,
  finished_at: manifest.finished_at,
});

interface Points {
  readonly from: ChainLink | undefined;
  readonly to: ChainLink | undefined;
  /** Nobody has said from where, and `to` is the first package. */
  readonly isFirst: boolean;
}

/** Packages of another table, which the job had before, are no points. */
async function pointsOf(
  { bucket }: Session,
  { id, service, data_type }: Job,
  head: string | undefined,
  request: DiffRequest,
) {
  const [since, until] = [asked('--from', request.from), asked('--to', request.to)];
  if (since?.instant !== undefined && until?.instant !== undefined && since.instant > until.instant)
    throw backwards(request);
  const seen: ChainLink[] = [];
  let [to, from]: (ChainLink | undefined)[] = [];
  for await (const link of chainOf(bucket, head)) {
    if ('missing' in link) break;
    if (link.manifest.service !== service || link.manifest.data_type !== data_type) continue;
    seen.push(link);
    const isNow = to === undefined;
    if (isNow && (until === undefined || until.is(link))) to = link;
    if (since?.is(link) && (to !== undefined || since.instant === undefined)) from = link;
    if (to !== undefined && since === undefined && !isNow) from = link;
    if (to !== undefined && from !== undefined) break;
  }
  if (to === undefined && seen.length > 0 && from === undefined) throw unknownPackage(id, request.to, seen);
  if (to === undefined && from !== undefined) throw backwards(request);
  if (from === undefined && since !== undefined && since.instant === undefined)
    throw unknownPackage(id, request.from, seen);
  if (from !== undefined && to !== undefined && seen.indexOf(from) < seen.indexOf(to)) throw backwards(request);
  return { from, to, isFirst: since === undefined && from === undefined } satisfies Points;
}

interface Asked {
  /** Milliseconds; undefined where a package is named. */
  readonly instant?: number;
  is(link: ChainLink): boolean;
}

/** Which package a word is about, read from the newest on. Throws `instant-invalid`. */
function asked(option: string, word: string | undefined): Asked | undefined {
  if (word === undefined) return undefined;
  if (!/^\d{4}-\d\d-\d\d/.test(word)) return { is: ({ manifest }) => manifest.package === word };
  const instant = parseInstant(option, word).getTime();
  return { instant, is: ({ manifest }) => Date.parse(manifest.finished_at) <= instant };
}

const backwards = ({ from = '', to = 'the newest' }: DiffRequest): TidemillError =>
  new TidemillError('config', 'diff-backwards', `--from ${from} comes after --to ${to}`, {
    hint: 'Say the older one as --from.',
  });

const MOST_NAMED = 5;

function unknownPackage(job: string, word = '', seen: readonly ChainLink[]): TidemillError {
  const newest = seen.slice(0, MOST_NAMED).map(({ manifest }) => manifest.package);
  return new TidemillError('config', 'unknown-package', `${job} has no package "${word}", or none as old as that`, {
    hint: `Write an instant, such as 2026-11-21T06:00:00Z, or a package; the newest are: ${newest.join(', ')}.`,
  });
}
