/**
 * What Google means by a refusal. Older APIs list reasons in `errors`, newer ones name one in `details`, some do both, and
 * some say a status alone: https://cloud.google.com/apis/design/errors
 */
import { z } from 'zod';
import { type Headers, retryAfter, type SourceResponse, type Verdict } from './http-response.ts';

/** The code of an error that says: the sync token is too old, read everything. */
export const SYNC_EXPIRED = 'google-sync-expired';

const Reason = z.object({ reason: z.string().optional() });
const Detail = Reason.extend({ metadata: z.object({ service: z.string().optional() }).optional().catch(undefined) });

const Refusal = z.object({
  error: z.object({
    status: z.string().optional().catch(undefined),
    errors: z.array(Reason).optional().catch(undefined),
    details: z.array(Detail).optional().catch(undefined),
  }),
});

type Meaning = 'too fast' | 'used up' | 'switched off' | 'project' | 'scope' | 'office file';

/** What an answer says of itself, whichever way its API says it. */
export interface GoogleRefusal {
  /** Undefined where no reason is known. */
  readonly meaning: Meaning | undefined;
  /** Host of the API it is about, where it says so. */
  readonly api: string | undefined;
}

/** Undefined for a body that is none of Google's. */
export function googleRefusal({ text, headers }: Pick<SourceResponse, 'text' | 'headers'>): GoogleRefusal | undefined {
  const error = Refusal.safeParse(parsed(text)).data?.error;
  if (error === undefined) return undefined;
  const { status, errors = [], details = [] } = error;
  const reasons = [...details.map(({ reason }) => reason), ...errors.map(({ reason }) => reason), status];
  const known = reasons.find((reason) => reason !== undefined && Object.hasOwn(MEANINGS, reason));
  const api = details.map(({ metadata }) => metadata?.service).find((name) => /^[\w.-]+$/.test(name ?? ''));
  return { meaning: known === undefined ? scopeIn(headers) : MEANINGS[known], api };
}

/** The header is the standard's way to say it, for bodies without a reason: https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
const scopeIn = (headers: Headers): 'scope' | undefined =>
  /\berror="?insufficient_scope\b/.test(headers['www-authenticate'] ?? '') ? 'scope' : undefined;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * https://developers.google.com/workspace/calendar/api/guides/errors and
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes for the first spellings, and for those in capitals
 * https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  rateLimitExceeded: 'too fast',
  userRateLimitExceeded: 'too fast',
  RATE_LIMIT_EXCEEDED: 'too fast',
  quotaExceeded: 'used up',
  dailyLimitExceeded: 'used up',
  RESOURCE_QUOTA_EXCEEDED: 'used up',
  accessNotConfigured: 'switched off',
  SERVICE_DISABLED: 'switched off',
  accountDisabled: 'project',
  userProjectAccountProblem: 'project',
  BILLING_DISABLED: 'project',
  CONSUMER_INVALID: 'project',
  CONSUMER_SUSPENDED: 'project',
  USER_PROJECT_DENIED: 'project',
  insufficientPermissions: 'scope',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'scope',
  failedPrecondition: 'office file',
  FAILED_PRECONDITION: 'office file',
};

/** A quota by the day does not come back within a run. */
const USED_UP_SECONDS = 3_600;

/** What Google means by a refusal; `service` is the one to sign in to again. */
export const classifyGoogle =
  (service: string) =>
  (response: SourceResponse): Verdict | undefined => {
    const { status, url } = response;
    switch (status) {
      case 401:
        return {
          kind: 'auth',
          code: 'google-unauthorized',
          message: `${url} answered 401: the access token is not accepted`,
          hint: `Sign in again: npx tidemill auth ${service}`,
        };
      case 403:
        return forbidden(response, service);
      case 404:
        return {
          kind: 'config',
          code: 'google-not-found',
          message: `${url} answered 404: there is no such thing, or it is not shared with the account`,
          hint: 'Check the ids in the options of the job, and who may see what they name.',
        };
      case 410:
        return {
          kind: 'source-changed',
          code: SYNC_EXPIRED,
          message: `${url} answered 410: the sync token is too old`,
          hint: 'Run the job once with --full-refresh.',
        };
      default:
        return undefined;
    }
  };

/** What a 403 is about. */
interface Forbidden {
  /** The request and its status, as a message begins. */
  readonly answered: string;
  /** To sign in to again. */
  readonly service: string;
  readonly api: string | undefined;
  /** Seconds that it asks to wait. */
  readonly wait: number | undefined;
}

const FORBIDDEN: Partial<Record<Meaning, (forbidden: Forbidden) => Verdict>> = {
  'too fast': ({ answered, wait }) => ({
    kind: 'quota',
    code: 'google-rate',
    message: `${answered}: too many requests`,
    hint: 'The next plan tries again.',
    retryAfterSeconds: wait,
  }),
  'used up': ({ answered }) => ({
    kind: 'quota',
    code: 'google-quota',
    message: `${answered}: the quota of the project is used up`,
    hint: 'Run the jobs less often, or ask Google for more.',
    retryAfterSeconds: USED_UP_SECONDS,
  }),
  'switched off': ({ answered, api }) => ({
    kind: 'config',
    code: 'google-disabled',
    message: `${answered}: the API is switched off in the project of the client`,
    hint: `Enable it at https://console.cloud.google.com/apis/library${api === undefined ? '' : `/${api}`}`,
  }),
  project: ({ answered }) => ({
    kind: 'config',
    code: 'google-project',
    message: `${answered}: the project of the client may not be used`,
    hint: 'See if it was closed or suspended, or lacks billing: https://console.cloud.google.com/home/dashboard',
  }),
  scope: ({ answered, service }) => ({
    kind: 'auth',
    code: 'google-scope',
    message: `${answered}: the account did not agree to this when it signed in`,
    hint: `Sign in again, and leave the boxes ticked: npx tidemill auth ${service}`,
  }),
};

const notAllowed = ({ answered, service }: Forbidden): Verdict => ({
  kind: 'auth',
  code: 'google-forbidden',
  message: `${answered}: the account may not read this`,
  hint: `Share it with the account that signed in; or sign in with one that may read it: npx tidemill auth ${service}`,
});

function forbidden(response: SourceResponse, service: string): Verdict | undefined {
  const refusal = googleRefusal(response);
  if (refusal === undefined) return undefined;
  const { headers, url, now } = response;
  const { meaning, api } = refusal;
  const told = meaning === undefined ? undefined : FORBIDDEN[meaning];
  const wait = retryAfter(headers['retry-after'], now);
  return (told ?? notAllowed)({ answered: `${url} answered 403`, service, api, wait });
}
