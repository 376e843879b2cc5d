/** What every request to Garmin carries, and what its answers mean. */
import type { Authorize, SourceResponse, Verdict } from '@tidemill/kit';

/**
 * As its own app asks, for data and for tokens alike: https://github.com/cyberjunky/python-garminconnect sends these with
 * the same tokens, and whoever introduces himself as somebody else is turned away sooner.
 */
export const APP = {
  'user-agent': 'GCM-Android-5.23',
  'x-garmin-user-agent': 'com.garmin.android.apps.connectmobile/5.23',
  'x-garmin-paired-app-version': '10861',
  'x-garmin-client-platform': 'Android',
  'x-app-ver': '10861',
  'x-lang': 'en',
  'x-gcexperience': 'GC5',
} as const;

export const authorize: Authorize = (_, token) => ({ ...APP, authorization: `Bearer ${token}` });

/** Garmin names no wait. Those who asked again sooner were turned away for longer. */
const WAIT_SECONDS = 15 * 60;

/** A page instead of an answer: what stands between the internet and Garmin, not Garmin, has spoken. */
const isPage = ({ headers, text }: SourceResponse): boolean =>
  (headers['content-type'] ?? '').includes('text/html') || /^\s*</.test(text);

export function classify(response: SourceResponse): Verdict | undefined {
  const { status, headers, url } = response;
  if (status === 429 && headers['retry-after'] === undefined) {
    return {
      kind: 'quota',
      code: 'garmin-rate-limited',
      message: `${url} answered 429 and named no wait`,
      hint: 'What was read is kept; the next run goes on from there.',
      retryAfterSeconds: WAIT_SECONDS,
    };
  }
  if (status === 403 && isPage(response)) {
    return {
      kind: 'quota',
      code: 'garmin-turned-away',
      message: `${url} answered 403 and a page: this address is turned away for now, whoever asks`,
      hint: 'The tokens are not to blame. If it lasts, run the job on a machine of your own.',
      retryAfterSeconds: WAIT_SECONDS,
    };
  }
  if (status === 401) {
    return {
      kind: 'auth',
      code: 'garmin-unauthorized',
      message: `${url} answered 401: the access token is not active`,
      hint: 'Sign in again: npx tidemill auth garmin',
    };
  }
  return undefined;
}
