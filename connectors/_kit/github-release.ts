/**
 * Files of the newest release of a repository at GitHub:
 * https://docs.github.com/en/rest/releases/releases#get-the-latest-release
 */
import { z } from 'zod';
import { TidemillError } from './errors.ts';
import type { Declined, Http } from './http.ts';
import { retryAfter } from './http-response.ts';

/** Where GitHub answers with the newest release of `owner/name`. */
export const latestRelease = (repository: `${string}/${string}`): string =>
  `https://api.github.com/repos/${repository}/releases/latest`;

export interface ReleaseFile {
  /** `latestRelease('owner/name')`, or another address that answers the same. */
  readonly release: string;
  /** What people call the asset. */
  readonly called: string;
  /** What its label or its name must match. */
  readonly asset: RegExp;
  /** Any token of GitHub. It goes to the address of the release, and nowhere else. */
  readonly token?: string | undefined;
  /** The variable that such a token is read from, for who is told that one is needed. */
  readonly tokenName: string;
  /** Entity tag of the release that was read last. */
  readonly etag?: string | null | undefined;
}

export interface ReleaseAsset {
  readonly tag: string;
  /** Where it can be downloaded, by whom it may concern. */
  readonly url: string;
  /** Of the release, for the next time. */
  readonly etag: string | null;
  /** SHA-256 of the file in hex, where GitHub tells it. */
  readonly sha256: string | undefined;
}

const Asset = z.object({
  name: z.string(),
  label: z.string().nullish(),
  browser_download_url: z.url(),
  /** https://github.blog/changelog/2025-06-03-releases-now-expose-digests-for-release-assets/ */
  digest: z.string().nullish(),
});
const Release = z.object({ tag_name: z.string(), assets: z.array(Asset) });

/**
 * The asset of the newest release; undefined where that is still the one of the tag. One request, which GitHub does not count where it
 * answers 304 and a token was sent: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 * Throws kind `quota` where the rate limit is used up, `auth` for a token that is refused, and `source-changed` where there is no
 * release, or no such asset in it.
 */
export async function latestAsset(http: Http, file: ReleaseFile & { readonly etag?: never }): Promise<ReleaseAsset>;
export async function latestAsset(http: Http, file: ReleaseFile): Promise<ReleaseAsset | undefined>;
export async function latestAsset(http: Http, file: ReleaseFile): Promise<ReleaseAsset | undefined> {
  const { release, called, asset, token, etag } = file;
  const headers = {
    accept: 'application/vnd.github+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(etag ? { 'if-none-match': etag } : {}),
  };
  const answer = await http.json(release, Release, { headers, accept: [...(etag ? [304] : []), 403, 404, 429] });
  if (answer.status === 304) return undefined;
  if (answer.value === undefined) throw refusal(answer, file);
  const { tag_name: tag, assets } = answer.value;
  const found = assets.find(({ name, label }) => [label ?? '', name].some((text) => asset.test(text)));
  if (found === undefined) throw noAsset(`The release ${tag} at ${answer.url} has no ${called}`);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(found.digest ?? '')?.[1];
  return { tag, url: found.browser_download_url, etag: answer.headers['etag'] ?? null, sha256 };
}

/** Its words for the limit that no header may tell of: https://github.com/octokit/plugin-throttling.js/blob/main/src/index.ts */
const SECONDARY = /\bsecondary rate\b/i;

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function refusal({ status, headers, url, text }: Declined, { token, tokenName }: ReleaseFile): TidemillError {
  const said = `${url} answered ${status}`;
  if (status === 404) return noAsset(`${said}: it has no release, or there is no such repository`);
  const isUsedUp = headers['x-ratelimit-remaining'] === '0';
  const now = new Date(headers['date'] ?? Number.NaN);
  const reset = new Date(isUsedUp ? Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000 : Number.NaN);
  const asked = retryAfter(headers['retry-after'], now) ?? (reset.getTime() - now.getTime()) / 1000;
  const isAskedToWait = isUsedUp || headers['retry-after'] !== undefined || SECONDARY.test(text);
  if (status === 403 && !isAskedToWait) {
    return new TidemillError('auth', 'github-forbidden', `${said}: this machine or its token may not read it`, {
      hint: token === undefined ? `Set ${tokenName} to a token of GitHub.` : `Replace the token in ${tokenName}.`,
    });
  }
  const until = Number.isNaN(reset.getTime()) ? '' : ` until ${reset.toISOString()}`;
  const seconds = Math.max(0, Math.ceil(asked));
  return new TidemillError('quota', 'github-rate-limit', `${said}: the rate limit is used up${until}`, {
    hint:
      token === undefined
        ? `Nothing need be done. Without a token all who share the address of a machine share 60 requests an hour: ${tokenName} takes any.`
        : 'Nothing need be done: a later run asks again.',
    ...(Number.isNaN(seconds) ? {} : { retryAfterSeconds: seconds }),
  });
}

const noAsset = (message: string): TidemillError =>
  new TidemillError('source-changed', 'github-release', message, {
    hint: 'Nothing was kept or deleted. Look at the releases of the repository: the file may have another name, or come with the next one.',
  });
