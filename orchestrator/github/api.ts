/** The door to GitHub's REST API: who asks, and what its refusals mean. */
import { getOctokit } from '@actions/github';
import { TidemillError } from '@tidemill/kit';

export interface GithubAccess {
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  /** `https://api.github.com`, or that of a server of one's own. */
  readonly apiUrl: string;
}

export type Octokit = ReturnType<typeof getOctokit>;

export interface Github {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
}

/** Throws kind `config` when the repository is not `owner/name`. The network is not asked. */
export function openGithub({ repository, token, apiUrl }: GithubAccess): Github {
  const [, owner, repo] = /^(?!\.)([\w.-]+)\/(?!\.{1,2}$)([\w.-]+)$/.exec(repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new TidemillError('config', 'github-repository', `${repository} is not a repository of GitHub`, {
      hint: 'Write it as OWNER/NAME.',
    });
  }
  const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  return { octokit: getOctokit(token, { baseUrl: apiUrl.replace(/\/+$/, ''), log: silent }), owner, repo };
}

function nothing(): void {}

/** What a failed request means. `subject` is what was asked for, in words; `permission` what the token must be allowed to. */
export function githubError(error: unknown, subject: string, permission: string): TidemillError {
  const { status, response } = (error ?? {}) as Failed;
  const wait = askedToWait(status, response);
  // No cause: what the library throws holds the request with its headers.
  if (wait !== undefined) {
    return new TidemillError('quota', 'github-rate-limit', `GitHub asks to wait before it is asked for ${subject}`, {
      hint: 'All workflows of a repository share the requests of an hour.',
      retryAfterSeconds: wait,
    });
  }
  switch (status) {
    case 401:
      return new TidemillError('auth', 'github-token', `GitHub does not accept the token for ${subject}`, {
        hint: 'Set GITHUB_TOKEN to one that has not expired; with the gh command: GITHUB_TOKEN=$(gh auth token)',
      });
    case 403:
    case 404:
      return new TidemillError(
        'auth',
        'github-permission',
        `GitHub does not show ${subject} to this token (${status})`,
        {
          hint: `Check that it is there, and that the token may ${permission}.${wordsOf(response)}`,
        },
      );
    case 410:
      return new TidemillError('config', 'github-switched-off', `GitHub has ${subject} switched off`, {
        hint: 'Settings → General → Features of the repository switches them on.',
      });
    default:
      return unexpected(response === undefined ? undefined : status, subject, response);
  }
}

/** What says no more than the status does. */
const SILENT = /^(not found|validation failed|bad request|forbidden)$/i;
const MOST_WORDS = 200;

/** A sentence of GitHub's own, which often names what no status does: a plan, single sign-on, an archive. It quotes no secret. */
function wordsOf(response: Failed['response']): string {
  const { message } = (response?.data ?? {}) as { message?: unknown };
  const line =
    typeof message === 'string' ? (message.trim().split('\n')[0] ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ') : '';
  return line === '' || SILENT.test(line) ? '' : ` GitHub says: “${line.slice(0, MOST_WORDS)}”`;
}

interface Failed {
  readonly status?: unknown;
  readonly response?: {
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
    readonly data?: unknown;
  };
}

/** Seconds to wait where GitHub names none: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately */
const UNNAMED_WAIT = 60;

/** Seconds until a rate limit, primary or secondary, is over; undefined when none was hit. The clock is GitHub's own. */
function askedToWait(status: unknown, response: Failed['response']): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const { headers = {}, data } = response ?? {};
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && after >= 0) return after;
  const { documentation_url: page } = (data ?? {}) as { documentation_url?: unknown };
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const seconds = Number(headers['x-ratelimit-reset']) - Date.parse(String(headers['date'])) / 1000;
    return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : UNNAMED_WAIT;
  }
  const isSecondary = typeof page === 'string' && page.includes('secondary-rate-limits');
  return status === 429 || isSecondary ? UNNAMED_WAIT : undefined;
}

/** The library says 500 where there was no answer at all. */
function unexpected(status: unknown, subject: string, response: Failed['response']): TidemillError {
  if (typeof status !== 'number' || status >= 500) {
    const found = typeof status === 'number' ? `answered ${status}` : 'did not answer';
    return new TidemillError('transient', 'github-unavailable', `GitHub ${found} when asked for ${subject}`);
  }
  return new TidemillError('source-changed', 'github-answer', `GitHub answered ${status} when asked for ${subject}`, {
    hint: `https://www.githubstatus.com/ and the documentation of its REST API may say why.${wordsOf(response)}`,
  });
}

/** For an answer of another shape than the documentation promises. */
export const otherAnswer = (promised: string): TidemillError =>
  new TidemillError('source-changed', 'github-answer', `GitHub answered something else than ${promised}`, {
    hint: 'Is GITHUB_API_URL the address of its REST API?',
  });
