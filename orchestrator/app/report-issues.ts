import { findingsOf } from '../alerts/issue-text.ts';
import { runUrl } from './log-url.ts';
import { readRun } from './report.ts';
import { checkRunId } from './run-id.ts';
import type { Session } from './session.ts';
import { type Notified, redactorOf, tell } from './tell.ts';

/** Keeps one GitHub issue for each job that fails, by what a run has left. What cannot be told is in the answer. */
export async function reportIssues(session: Session, runId: string): Promise<Notified> {
  const { host, environment } = session;
  const { plan, results, missing } = await readRun(session, checkRunId(runId));
  const findings = findingsOf({
    environment: environment.name,
    results,
    lost: missing,
    plannedAt: plan?.now ?? host.clock.now().toISOString(),
    url: runUrl(host),
    redact: redactorOf(host, session.config.drivers),
  });
  return tell(host, findings);
}
