/** What became of a run, from the records its legs left in the bucket. */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Plan, PlannedRun } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText } from '../storage/text.ts';
import { checkRunId } from './run-id.ts';
import type { Session } from './session.ts';

export interface RunRecords {
  readonly plan: Plan | undefined;
  /** The newest of each job and slot, in the order of the plan. */
  readonly results: readonly JobResult[];
  /** Planned, and ended without a report. */
  readonly missing: readonly PlannedRun[];
}

/** Throws `unknown-run` for one that left nothing behind. */
export async function report(session: Session, runId: string): Promise<RunRecords> {
  const records = await readRun(session, checkRunId(runId));
  if (records.plan !== undefined || records.results.length > 0) return records;
  throw new TidemillError('config', 'unknown-run', `${session.bucket.url} holds no record of the run ${runId}`);
}

const DAY_MS = 86_400_000;
/** Further back, one listing of everything costs less than one for each day. */
const MOST_DAYS = 31;

/**
 * The newest run that ran something, or if none did, the newest plan. Its id begins with its UTC time; one that somebody gave
 * another id is not found so. Throws `no-run` where nothing ever ran.
 */
export async function lastRun({ bucket, host }: Session): Promise<string> {
  const today = host.clock.now().getTime();
  const days = Array.from({ length: MOST_DAYS }, (_, back) => new Date(today - back * DAY_MS).toISOString());
  const times = [...days.map((day) => day.slice(0, 10).replaceAll('-', '')), ''];
  let planned: string | undefined;
  let other: string | undefined;
  for (const time of times) {
    let ran: string | undefined;
    for await (const { key } of bucket.list(keys.runsOf(time))) {
      const [run = '', name] = key.split('/').slice(-2);
      if (!/^\d{8}T\d{6}Z/.test(run)) {
        other = run;
        continue;
      }
      if (name === 'plan.json') planned = planned !== undefined && planned > run ? planned : run;
      else ran = run;
    }
    if (ran !== undefined) return ran;
  }
  if (planned !== undefined) return planned;
  if (other !== undefined) {
    throw new TidemillError('config', 'no-run', `${bucket.url} holds no record of a run named by its time`, {
      hint: `Of one by another name: \`npx tidemill report --run-id ${other}\`.`,
    });
  }
  throw new TidemillError('config', 'no-run', `${bucket.url} holds no record of any run`, {
    hint: '`npx tidemill plan` says what would run, and `npx tidemill run JOB` runs a job.',
  });
}

/** What the bucket knows of a run, be it nothing. The records are Tidemill's own, read as they were written. */
export async function readRun({ bucket }: Session, runId: string): Promise<RunRecords> {
  const results = new Map<string, JobResult>();
  let plan: Plan | undefined;
  for (const [key, text] of await readAll(bucket, keys.runPrefix(runId))) {
    if (key === keys.runRecord(runId, 'plan')) {
      plan = parseRecord(text, PlanRecord);
      continue;
    }
    const result = parseRecord(text, ResultRecord);
    // Its job counts as one whose leg ended without a report.
    if (result === undefined) continue;
    const id = `${result.job}@${result.slot}`;
    const known = results.get(id);
    if (known === undefined || known.started_at <= result.started_at) results.set(id, result);
  }
  const order = plan?.runs.map(({ job, slot }) => `${job}@${slot}`) ?? [];
  // What was not planned, as what dbt has made, comes last.
  const place = ({ job, slot }: JobResult): number => {
    const at = order.indexOf(`${job}@${slot}`);
    return at === -1 ? order.length : at;
  };
  const told = [...results.values()].sort((a, b) => place(a) - place(b));
  const missing = plan?.runs.filter(({ job }) => told.every((result) => result.job !== job)) ?? [];
  return { plan, results: told, missing };
}

/** Names end up in commands that people are told to copy: they are made of nothing else. */
const Name = z.string().regex(/^[\w.:-]{1,200}$/);

/** What every use of a record relies on: somebody may have laid something else there. */
const ResultRecord = z.looseObject({
  job: Name,
  slot: Name,
  environment: Name,
  result: z.enum(['done', 'parked', 'covered', 'failed', 'stopped']),
  started_at: z.iso.datetime(),
  seconds: z.number(),
  lateness_seconds: z.number(),
  totals: z.looseObject({ records: z.number(), inserted: z.number() }),
  gates: z.array(z.string()),
  notices: z.array(z.string()),
}) as unknown as z.ZodType<JobResult>;

const PlanRecord = z
  .looseObject({
    runs: z.array(z.looseObject({ job: z.string(), slot: z.string() })),
    decisions: z.array(z.looseObject({ job: z.string(), decision: z.string(), reason: z.string() })),
  })
  // As it was called before.
  .transform(({ lacking, ...plan }) => ({
    missing_credentials: lacking,
    ...plan,
  })) as unknown as z.ZodType<Plan>;

function parseRecord<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The texts of all objects below a prefix, in the order of their keys. */
async function readAll(bucket: Bucket, prefix: string): Promise<[key: string, text: string][]> {
  const listed: string[] = [];
  for await (const { key } of bucket.list(prefix)) listed.push(key);
  const texts = new Map<string, string>();
  await sideBySide(listed, async (key) => {
    const object = await readText(bucket, key);
    if (object !== undefined) texts.set(key, object.text);
  });
  return listed.flatMap((key) => {
    const text = texts.get(key);
    return text === undefined ? [] : [[key, text] as [string, string]];
  });
}
