/** What explains a red run to somebody who was not there. Pure. */
import { redactor } from '@tidemill/kit/redact';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import type { JobResult } from './result.ts';

export interface RedRun {
  /** Totals, gates, and the failure with its hint; never a record. */
  readonly result: JobResult;
  readonly job: Job;
  /** As the run left it; undefined when it could not be read. */
  readonly state: JobState | undefined;
  readonly versions: { readonly tidemill: string; readonly node: string; readonly commit?: string };
}

/** The run as JSON. None of the secrets is in it, however they were encoded on their way into a message. */
export function errorArtifact({ versions, result, job, state }: RedRun, secrets: readonly string[]): string {
  const redact = redactor(secrets);
  const clean = (_: string, value: unknown): unknown => (typeof value === 'string' ? redact(value) : value);
  return `${JSON.stringify({ format: 1, versions, result, job, state }, clean, 2)}\n`;
}

/** Unique among the runs of a leg. GitHub refuses artifacts whose files have a colon in their names. */
export const errorFileName = ({ job, slot }: JobResult): string => `${job}.${slot.replace(/[^\w-]+/g, '')}.json`;
