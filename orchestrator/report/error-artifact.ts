/** What explains a red run to somebody who was not there. Pure. */
import type { Attachment } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import type { Job } from '../config/job.ts';
import type { Decision, PlannedRun } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import type { JobState } from '../state/job-state.ts';

export interface RedRun {
  /** Totals, gates, the log, the failure with its hint and request; never a record. */
  readonly result: JobResult;
  readonly job: Job;
  /** What the planner said; undefined for a run that no plan asked for. */
  readonly decision?: { readonly run: PlannedRun; readonly why: Decision | undefined } | undefined;
  /** As the run found it; undefined when it did not get so far. */
  readonly state_before?: JobState | undefined;
  /** As the run left it; undefined when it could not be read. */
  readonly state: JobState | undefined;
  /** What its error has brought along: files of their own, beside this one. */
  readonly attachments?: readonly AttachmentFacts[];
  readonly versions: {
    readonly tidemill: string;
    readonly node: string;
    readonly system?: string;
    readonly connector?: string;
    readonly commit?: string;
  };
}

interface AttachmentFacts {
  readonly name: string;
  readonly content_type: string;
  readonly bytes: number;
  /** Why there is no such file. */
  readonly left_out?: string;
}

/** More is no page that somebody looks at. */
const MOST_BYTES = 2 * 2 ** 20;

/** What the run says of a file that its error has brought along. */
export function attachmentFacts({ name, contentType, bytes }: Attachment): AttachmentFacts {
  const facts = { name, content_type: contentType, bytes: bytes.length };
  if (!/^[a-z0-9-]{1,60}\.[a-z0-9]{1,10}$/.test(name)) return { ...facts, left_out: 'it has no name of a file' };
  return bytes.length > MOST_BYTES ? { ...facts, left_out: `it has more than ${MOST_BYTES} bytes` } : facts;
}

/** The run as JSON. None of the secrets is in it, however they were encoded on their way into a message. */
export function errorArtifact(run: RedRun, secrets: readonly string[]): string {
  const redact = redactor(secrets);
  const clean = (_: string, value: unknown): unknown => (typeof value === 'string' ? redact(value) : value);
  const { versions, result, job, decision, state_before, state, attachments } = run;
  return `${JSON.stringify({ format: 2, versions, result, decision, job, state_before, state, attachments }, clean, 2)}\n`;
}

/** Beside the file of the run, and named like it. */
export const attachmentFileName = (result: JobResult, { name }: Attachment): string =>
  errorFileName(result).replace(/json$/, name);

/** Unique among the runs of a leg. GitHub refuses artifacts whose files have a colon in their names. */
export const errorFileName = ({ job, slot }: JobResult): string => `${job}.${slot.replace(/[^\w-]+/g, '')}.json`;
