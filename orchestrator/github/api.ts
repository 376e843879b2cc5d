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
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository) ?? [];
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
  const status = (error as { status?: unknown } | undefined)?.status;
  // No cause: what the library throws holds the request with its headers.
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
          hint: `Check that it is there, and that the token may ${permission}.`,
        },
      );
    default:
      return unexpected(status, subject);
  }
}

function unexpected(status: unknown, subject: string): TidemillError {
  if (typeof status !== 'number' || status === 429 || status >= 500) {
    const found = typeof status === 'number' ? `answered ${status}` : 'did not answer';
    return new TidemillError('transient', 'github-unavailable', `GitHub ${found} when asked for ${subject}`);
  }
  return new TidemillError('source-changed', 'github-answer', `GitHub answered ${status} when asked for ${subject}`, {
    hint: 'https://www.githubstatus.com/ and the documentation of its REST API may say why.',
  });
}
