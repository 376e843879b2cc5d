import type { GithubAccess, Patience } from '@tidemill/github';
import { TidemillError } from '@tidemill/kit';
import { type Host, setting } from './host.ts';
import { repositoryOf } from './repository.ts';

/**
 * Who asks GitHub, and about which repository: the given one, or where this is. `purpose` says what for, as "to …".
 * Throws kind `auth` without a token, `config` without a repository.
 */
export function githubAccess(host: Host, purpose: string, given?: string): GithubAccess {
  const token = setting(host, 'GITHUB_TOKEN') ?? setting(host, 'GH_TOKEN');
  if (token === undefined) {
    throw new TidemillError('auth', 'github-token-missing', `There is no GITHUB_TOKEN ${purpose}`, {
      hint: 'With the gh command: GITHUB_TOKEN=$(gh auth token) npx tidemill …; or a fine-grained token that may do it.',
    });
  }
  // It could not be sent, which would look as if GitHub did not answer.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TidemillError(
      'auth',
      'github-token',
      'The GITHUB_TOKEN has a blank in it, or a letter that no token has',
      {
        hint: 'Copy it again; or, with the gh command: GITHUB_TOKEN=$(gh auth token)',
      },
    );
  }
  return { repository: repositoryOf(host, given), token, apiUrl: apiUrlOf(host) };
}

/**
 * Where GitHub's REST API is: as Actions says it, or of the host that the gh command is told to use
 * (https://cli.github.com/manual/gh_help_environment,
 * https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/about-github-enterprise-cloud-with-data-residency#api-access).
 * Throws kind `config` for what is no address.
 */
export function apiUrlOf(host: Pick<Host, 'env'>): string {
  const named = setting(host, 'GH_HOST') ?? 'github.com';
  const isCloud = named === 'github.com' || named.endsWith('.ghe.com');
  const url = setting(host, 'GITHUB_API_URL') ?? (isCloud ? `https://api.${named}` : `https://${named}/api/v3`);
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url;
  throw new TidemillError('config', 'github-api-url', 'GITHUB_API_URL is no address', {
    hint: 'That of a server of your own is like https://github.example.com/api/v3; for github.com, unset it.',
  });
}

/** How long it waits for GitHub, and what ends that. */
export const patienceOf = ({ clock, random, interrupted: signal }: Host): Patience => ({ clock, random, signal });

/** Only some commands need it; machines that run jobs never install it. */
export async function loadGithub(): Promise<typeof import('@tidemill/github')> {
  try {
    return await import('@tidemill/github');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TidemillError('config', 'github-missing', 'What speaks to GitHub is not installed', {
      hint: 'Run: npm install @tidemill/github',
      cause,
    });
  }
}
