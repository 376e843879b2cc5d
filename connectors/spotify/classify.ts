/** What Spotify means where its status does not say it: https://developer.spotify.com/documentation/web-api/concepts/api-calls */
import type { SourceResponse, Verdict } from '@tidemill/kit';
import { retryAfter } from '@tidemill/kit/http-response';
import { z } from 'zod';

const ApiError = z.object({ error: z.object({ message: z.string().nullish(), reason: z.string().nullish() }) });
type ErrorObject = z.infer<typeof ApiError>['error'];

/** A quota that is used up does not come back within a run, and its answer may name no wait. */
const QUOTA_SECONDS = 3_600;

export function classify(response: SourceResponse): Verdict | undefined {
  const { status, headers, url, now } = response;
  if (status === 403) return forbidden(errorIn(response.text), url);
  if (status !== 429 || errorIn(response.text)?.reason !== 'QUOTA_EXCEEDED') return undefined;
  return {
    kind: 'quota',
    code: 'spotify-quota',
    message: `${url} answered that the quota of the app's owner is used up`,
    hint: 'The quota is shared by all apps of one developer; run the jobs less often, or let some run elsewhere.',
    retryAfterSeconds: retryAfter(headers['retry-after'], now) ?? QUOTA_SECONDS,
  };
}

/** Any other 403 is about the one thing that was asked for, and the rules that hold for all know it. */
function forbidden(error: ErrorObject | undefined, url: string): Verdict | undefined {
  if (error === undefined)
    return {
      kind: 'auth',
      code: 'spotify-user',
      message: `${url} answered 403: the user may not use this app`,
      hint: 'Add the user to the app: dashboard, User Management.',
    };
  if (/client scope/i.test(error.message ?? ''))
    return {
      kind: 'auth',
      code: 'spotify-scope',
      message: `${url} answered 403: a permission is missing`,
      hint: 'Sign in again and agree to all: npx tidemill auth spotify',
    };
  if (/premium/i.test(error.message ?? ''))
    return {
      kind: 'auth',
      code: 'spotify-premium',
      message: `${url} answered 403: the owner of the app has no Premium`,
      hint: 'An app works while its owner has Premium.',
    };
  return undefined;
}

/** Undefined when the body is none of Spotify's own: its gateway answers in plain text. */
function errorIn(text: string): ErrorObject | undefined {
  try {
    return ApiError.safeParse(JSON.parse(text)).data?.error;
  } catch {
    return undefined;
  }
}
