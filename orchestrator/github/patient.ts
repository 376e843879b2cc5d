import { type RetryWorld, withRetry } from '@tidemill/kit/retry';
import { type Github, type GithubAccess, githubError, openGithub, otherAnswer } from './api.ts';

export type Patience = Pick<RetryWorld, 'clock' | 'random' | 'signal'>;

/** Four tries and a minute's wait: whoever is left without an answer has a summary to say so in. */
const POLICY = { retries: 3, baseMs: 1000, capMs: 10_000, maxWaitMs: 60_000 };

/** All waits for one GitHub together, so that a machine does not stand still for hours. */
const LONGEST_MINUTES = 5;

const ANSWER_MS = 30_000;

/**
 * GitHub for work that runs by itself: what is busy, limited or broken for a moment is asked again. Requests throw
 * TidemillErrors; what they ask for is named by the path of the API, and `permission` says what the token must be allowed to.
 *
 * A POST is asked again too, though it may have been done: an issue made twice is found right after and closed, and a
 * comment told twice is better than none.
 */
export function openPatiently(access: GithubAccess, patience: Patience, permission: string): Github {
  const github = openGithub(access);
  const deadline = new Date(patience.clock.now().getTime() + LONGEST_MINUTES * 60_000);
  github.octokit.hook.wrap('request', async (request, options) => {
    const subject = `${options.method} ${options.url}`;
    const ask = async () => {
      try {
        return await request({ ...options, request: { ...options.request, signal: AbortSignal.timeout(ANSWER_MS) } });
      } catch (error) {
        throw githubError(error, subject, permission);
      }
    };
    const answer = await withRetry(ask, POLICY, { ...patience, deadline });
    // The library hands on as text what is no JSON, such as the page of a proxy.
    if (typeof answer.data === 'string' && answer.status !== 204) throw otherAnswer('JSON');
    return answer;
  });
  return github;
}
