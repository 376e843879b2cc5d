import { findingsOf } from '../alerts/issue-text.ts';
import { startedFinding, unstartedFinding } from '../alerts/legs.ts';
import { unstartedError } from '../report/unstarted.ts';
import { runUrl } from './log-url.ts';
import { readRun } from './report.ts';
import { checkRunId } from './run-id.ts';
import type { Session } from './session.ts';
import { type Notified, redactorOf, tell } from './tell.ts';

export interface ReportIssuesRequest {
  readonly runId: string;
  /** How its legs ended, in GitHub's words, where somebody knows. */
  readonly legs?: string | undefined;
}

/**
 * Keeps one GitHub issue for each job that fails, by what a run has left, and one for plans of which no leg ran. What cannot be
 * told is in the answer.
 */
export async function reportIssues(session: Session, { runId, legs }: ReportIssuesRequest): Promise<Notified> {
  const { host, environment } = session;
  const { plan, results, missing } = await readRun(session, checkRunId(runId));
  const plannedAt = plan?.now ?? host.clock.now().toISOString();
  const url = runUrl(host);
  const isUnstarted = unstartedError(plan, results, legs) !== undefined;
  const findings = findingsOf({
    environment: environment.name,
    results,
    lost: isUnstarted ? [] : missing,
    plannedAt,
    url,
    redact: redactorOf(host, session.config.drivers),
  });
  const run = { at: plannedAt, url };
  const started = results.length > 0 ? [startedFinding(run)] : [];
  return tell(host, [...(isUnstarted ? [unstartedFinding([run])] : started), ...findings]);
}
