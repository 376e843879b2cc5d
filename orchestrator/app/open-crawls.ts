/** Which jobs have crawls that somebody may go on with. */
import { openCrawls } from '../state/crawl.ts';
import { readRenamed } from '../state/rename.ts';
import { type Choice, choose } from './choose.ts';
import { jobOfCrawl } from './crawl-targets.ts';
import { jobOf } from './operate.ts';
import type { Session } from './session.ts';

/** What a run does that goes on with the crawls of the jobs, or of the job of a crawl: of those that have some open. Only looks. */
export async function choiceForCrawls(session: Session, words: readonly string[], runId: string): Promise<Choice> {
  const jobs = words.map((word) => jobOfCrawl(session, word)?.id ?? word);
  const selection = { jobs, groups: [], force: false, runId };
  const { assignments, idle, refused, ...unread } = await choose(session, { runs: [], selection });
  const waiting = new Set<string>();
  for (const id of [...assignments.map(({ job }) => job.id), ...idle.map(({ job }) => job)]) {
    const { state } = await readRenamed(session.bucket, jobOf(session, id));
    if (state.parked !== undefined || openCrawls(state).length > 0) waiting.add(id);
  }
  const isOpen = ({ job }: { readonly job: string }): boolean => waiting.has(job);
  const open = assignments.filter(({ job }) => waiting.has(job.id));
  return { ...unread, assignments: open, idle: idle.filter(isOpen), refused: refused.filter(isOpen) };
}
