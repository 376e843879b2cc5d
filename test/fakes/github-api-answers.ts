/** What all parts of the fake of GitHub's REST API share: its world, and the shapes of its answers. */
import type { FakeGithubWorld } from './github-api-world.ts';
import type { Reply } from './http-server.ts';

export const REPOSITORY = 'octocat/tidemill';
export const REPOSITORY_ID = 1309247986;
export const DEFAULT_BRANCH = 'trunk';

export interface Call {
  readonly world: FakeGithubWorld;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The variable parts of the path. */
  readonly parts: readonly string[];
  /** The address of the request, without its query. */
  readonly address: string;
}

export const refusal = (status: number, message: string): Reply => ({
  status,
  json: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

/** One page of a list, and the `Link` header that leads to the others. */
export function paged<T>(
  { query, address }: Call,
  all: readonly T[],
): { items: readonly T[]; headers: Record<string, string> } {
  const size = Math.min(Number(query['per_page'] ?? 30), 100);
  const page = Number(query['page'] ?? 1);
  const items = all.slice((page - 1) * size, page * size);
  if (page * size >= all.length) return { items, headers: {} };
  const next = new URLSearchParams({ ...query, page: String(page + 1) });
  return { items, headers: { link: `<${address}?${next}>; rel="next"` } };
}

/** The primary limit is used up, until then. */
export const primaryLimit = (until: Date): Reply => ({
  ...refusal(403, 'API rate limit exceeded for installation.'),
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(until.getTime() / 1000)) },
});

/** Too much at once; with or without saying for how long. */
export const secondaryLimit = (seconds?: number): Reply => ({
  status: 403,
  json: {
    message: 'You have exceeded a secondary rate limit.',
    documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
  },
  headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
});
