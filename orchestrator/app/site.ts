/** What the bucket remembers, as a page for people. */
import { TidemillError } from '@tidemill/kit';
import { issueTitle } from '../alerts/issue-text.ts';
import { plan } from '../plan/plan.ts';
import { LABEL } from './keep-issues.ts';
import { repositoryUrl } from './log-url.ts';
import { planInput, type Session } from './session.ts';

export interface Site {
  /** One HTML file. */
  readonly page: string;
  /** That are on it. */
  readonly days: number;
  readonly runs: number;
  /** One error for each job whose state cannot be read. */
  readonly unreadable: readonly TidemillError[];
}

const USUAL_DAYS = 14;
const MOST_DAYS = 62;

/** `days` is a number of them, today included. Throws `days-invalid`, and `site-missing` where nothing can draw. */
export async function site(session: Session, request: { readonly days?: string | undefined } = {}): Promise<Site> {
  const days = daysOf(request.days);
  const { readHistory, drawPage } = await loadSite();
  const { input, unreadable } = await planInput(session);
  const { now, states } = input;
  const history = await readHistory(session.bucket, { now, days });
  const { decisions } = plan(input);
  const { environment, config } = session;
  const issueOf = issuesIn(repositoryUrl(session.host) ?? repositoryIn(history.runs), environment.name);
  const page = drawPage({ environment: environment.name, now, jobs: config.jobs, states, decisions, history, issueOf });
  return { page, days: days - history.daysLeftOut, runs: history.runs.length, unreadable };
}

/** Whose workflow the newest run was of that was one: for who draws the page at home. */
const repositoryIn = (runs: readonly { readonly logUrl?: string }[]): string | undefined =>
  runs.findLast(({ logUrl }) => logUrl !== undefined)?.logUrl?.replace(/\/actions\/runs\/.*$/, '');

/** GitHub finds a job's issue by its title: to know its number, the page would have to ask, and be let. */
function issuesIn(repository: string | undefined, environment: string): ((job: string) => string) | undefined {
  if (repository === undefined) return undefined;
  return (job) => {
    const words = `is:issue label:${LABEL.name} in:title "${issueTitle(job, environment)}"`;
    return `${repository}/issues?q=${encodeURIComponent(words)}`;
  };
}

function daysOf(text: string = String(USUAL_DAYS)): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MOST_DAYS) return days;
  throw new TidemillError('config', 'days-invalid', `--days ${text} is not a number of days`, {
    hint: `From 1 to ${MOST_DAYS}, today included.`,
  });
}

/** Only this use case needs it; machines that run jobs never install it. */
async function loadSite(): Promise<typeof import('@tidemill/site')> {
  try {
    return await import('@tidemill/site');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TidemillError('config', 'site-missing', 'What draws the history page is not installed', {
      hint: 'Run: npm install @tidemill/site',
      cause,
    });
  }
}
