/** What lies in quarantine of a job: why, how many, and one example each. Only looks. */

import type { Job } from '../config/job.ts';
import { packagesInQuarantine, recordsInQuarantine } from '../run/quarantined.ts';
import { fieldOf, type QuarantinedRecord } from '../run/silver/quarantine.ts';
import { readRenamed } from '../state/rename.ts';
import { jobOf } from './operate.ts';
import { streamIn } from './rewind.ts';
import type { Session } from './session.ts';
import { type ShortRecord, shortRecord } from './short-record.ts';

/** Records that were rejected for the same reason. */
export interface QuarantinedGroup {
  /** Where the first value was that does not fit, positions in lists as `*`; empty where it is the record as a whole. */
  readonly field: string;
  /** What was expected there; empty where the code says it all. */
  readonly expected: string;
  /** `source-schema`, `row-schema`, `not-json` and the like. */
  readonly code: string;
  readonly records: number;
  /** Of the newest one, values shortened. */
  readonly example: ShortRecord & { readonly bronze_object_path: string; readonly bronze_line: number };
}

export interface InQuarantine {
  readonly job: string;
  readonly environment: string;
  readonly records: number;
  readonly packages: number;
  /** The largest first. */
  readonly groups: readonly QuarantinedGroup[];
  /** Key of a manifest that is gone: what lies behind it is not counted. */
  readonly missing?: string;
}

/** One in a million new fields must not become a million groups. */
const MOST_GROUPS = 1000;

type Tally = Omit<QuarantinedGroup, 'example' | 'records'> & { records: number; newest: QuarantinedRecord };

/** Throws `unknown-job`, or `one-job` for a glob of several. */
export async function quarantine(session: Session, word: string): Promise<InQuarantine> {
  const { bucket, environment } = session;
  const job = jobOf(session, word);
  const { state } = await readRenamed(bucket, job);
  const stream = (await streamIn(session, job)) ?? job;
  const targets = Object.keys(state.targets);
  const { packages, missing } = await packagesInQuarantine({ bucket, job, state, stream, targets });
  const tallies = new Map<string, Tally>();
  let records = 0;
  for (const pack of packages) {
    for await (const record of recordsInQuarantine(bucket, pack)) {
      records += 1;
      add(tallies, record);
    }
  }
  const groups = [...tallies.values()].sort((a, b) => b.records - a.records).map((tally) => groupOf(tally, job));
  return {
    job: job.id,
    environment: environment.name,
    ...{ records, packages: packages.length, groups },
    ...(missing === undefined ? {} : { missing }),
  };
}

function add(tallies: Map<string, Tally>, record: QuarantinedRecord): void {
  const {
    code,
    issues: [first],
  } = record;
  const [field, expected] = [fieldOf(record), first?.expected ?? ''];
  const name = JSON.stringify([code, field, expected]);
  const known = tallies.has(name) || tallies.size < MOST_GROUPS ? name : 'other';
  const tally = tallies.get(known);
  if (tally === undefined) {
    const about = known === name ? { code, field, expected } : { code: 'other', field: '', expected: '' };
    tallies.set(known, { ...about, records: 1, newest: record });
    return;
  }
  tally.records += 1;
  tally.newest = record;
}

function groupOf({ newest, ...group }: Tally, job: Job): QuarantinedGroup {
  const { code, text, object: bronze_object_path, line: bronze_line, issues } = newest;
  const path = issues[0]?.path ?? '';
  const place = code === 'row-schema' ? takenFrom(path, job) : path;
  return { ...group, example: { ...shortRecord(text, place), bronze_object_path, bronze_line } };
}

/** Where the record has what does not fit its column; the same place where the columns do not say another. */
function takenFrom(path: string, { columns = [] }: Job): string {
  const column = columns.find(({ name }) => `${path}.`.startsWith(`${name}.`));
  return column === undefined ? path : `${column.path.join('.')}${path.slice(column.name.length)}`;
}
