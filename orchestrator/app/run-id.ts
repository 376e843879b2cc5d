/** What a run is called. */
import { TidemillError } from '@tidemill/kit';
import type { Host } from './host.ts';

/**
 * The run's identity, which begins with its time: given, or that of the workflow run, or the process's own. A second
 * attempt of a workflow run is another run.
 */
export function runIdOf(host: Host, options: { readonly runId?: string }): string {
  if (options.runId !== undefined && options.runId !== '') return checkRunId(options.runId);
  const time = host.clock.now().toISOString().slice(0, 19).replace(/[-:]/g, '');
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt } = host.env;
  return `${time}Z-${run === undefined ? host.nonce : `${run}-${attempt ?? 1}`}`;
}

/** It becomes part of keys in the bucket. */
export function checkRunId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) return id;
  throw new TidemillError('config', 'run-id-invalid', 'The identity of a run has letters, digits, ".", "_" and "-"', {
    hint: 'Leave --run-id out to have one made.',
  });
}
