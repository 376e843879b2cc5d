/** What Todoist means by an answer that is none: https://developer.todoist.com/api/v1/#tag/Errors */
import type { SourceResponse, Verdict } from '@tidemill/kit';
import { z } from 'zod';

const ErrorBody = z.object({
  error_code: z.number().nullish(),
  error_tag: z.string().nullish(),
  error_extra: z.object({ retry_after: z.number().nonnegative().nullish() }).nullish(),
});

/** "Premium only feature". */
const PREMIUM_ONLY = 32;

export function classify(response: SourceResponse): Verdict | undefined {
  const { status, url, headers } = response;
  if (status < 400) return undefined;
  const body = bodyOf(response.text);
  // A permanent error may name a wait, too: the tag says which one it is.
  if (status === 401 || body?.error_tag?.startsWith('AUTH_')) {
    return {
      kind: 'auth',
      code: 'todoist-token',
      message: `${url} answered ${status}: the API token is not accepted`,
      hint: 'Copy the token anew (Settings → Integrations → Developer) into TODOIST_API_TOKEN, and check it: npx tidemill auth todoist',
    };
  }
  if (status === 403 && body?.error_code === PREMIUM_ONLY) {
    return {
      kind: 'config',
      code: 'todoist-plan',
      message: `${url} answered 403: the plan of the account does not include it`,
      hint: 'On a free plan Todoist keeps a week of the activity log: ask for no more, or take the job out.',
    };
  }
  const wait = body?.error_extra?.retry_after;
  if (status === 429 && headers['retry-after'] === undefined && typeof wait === 'number') {
    const message = `${url} answered 429`;
    return { kind: 'quota', code: 'http-rate-limited', message, retryAfterSeconds: wait };
  }
  if (status === 410) {
    return {
      kind: 'source-changed',
      code: 'todoist-version-gone',
      message: `${url} answered 410: this version of the API is switched off`,
      hint: 'If base_url of the service names an old version, take it out.',
    };
  }
  return undefined;
}

/** Undefined for a body that is plain text, which some errors have. */
function bodyOf(text: string): z.output<typeof ErrorBody> | undefined {
  try {
    return ErrorBody.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
