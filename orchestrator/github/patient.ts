import { type RetryWorld, withRetry } from '@tidemill/kit/retry';
import { type Github, type GithubAccess, githubError, openGithub, otherAnswer } from './api.ts';

export type Patience = Pick<RetryWorld, 'clock' | 'random' | 'signal'>;

/** Four tries and a minute's wait: whoever is left without an answer has a summary to say so in. */
const POLICY = { retries: 3, baseMs: 1000, capMs: 10_000, maxWaitMs: 60_000 };

/** All waits for one GitHub together, so that a machine does not stand still for hours. */
const LONGEST_MINUTES = 5;

const ANSWER_MS = 30_000;

interface Asked {
  /** What the token must be allowed to. */
  readonly permission: string;
  /** What is asked for, in words: its path in the API, if not given. */
  readonly subject?: string;
  /** For what would be done twice. */
  readonly tries?: 'one';
  /** Whether a refusal, in GitHub's words, is no error: an answer with its status. */
  answers?(status: unknown, said: string): boolean;
}

/** Where GitHub has nothing of the kind. */
export const isMissing = (status: unknown): boolean => status === 404;

/**
 * GitHub for work that runs by itself: what is busy, limited or broken for a moment is asked again, and what does not answer is not waited
 * for. Requests throw TidemillErrors.
 *
 * A POST is asked again too, though it may have been done: an issue made twice is found right after and closed, and a
 * comment told twice is better than none.
 */
export function openPatiently(access: GithubAccess, patience: Patience, asked: Asked): Github {
  const github = openGithub(access);
  const deadline = new Date(patience.clock.now().getTime() + LONGEST_MINUTES * 60_000);
  const policy = asked.tries === 'one' ? { ...POLICY, retries: 0 } : POLICY;
  github.octokit.hook.wrap('request', async (request, options) => {
    const subject = asked.subject ?? `${options.method} ${options.url}`;
    const ask = async () => {
      try {
        return await request({ ...options, request: { ...options.request, signal: AbortSignal.timeout(ANSWER_MS) } });
      } catch (error) {
        const { status, message, response } = (error ?? {}) as {
          status?: unknown;
          message?: unknown;
          response?: Awaited<ReturnType<typeof request>>;
        };
        if (response !== undefined && asked.answers?.(status, String(message))) return response;
        throw githubError(error, subject, asked.permission);
      }
    };
    const answer = await withRetry(ask, policy, { ...patience, deadline });
    // The library hands on as text what is no JSON, such as the page of a proxy.
    if (typeof answer.data === 'string' && answer.status !== 204) throw otherAnswer('JSON');
    return answer;
  });
  return github;
}
