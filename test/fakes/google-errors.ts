/** How Google's APIs refuse: https://developers.google.com/workspace/calendar/api/guides/errors */
import type { Reply } from './http-server.ts';

interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** Where the reason belongs; `global` if not given. */
  readonly domain?: string;
  /** The parameter that is at fault. */
  readonly location?: string;
}

/** Names of the canonical codes: newer APIs name them, older ones have only `errors`. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function refusal({ status, reason, message, domain = 'global', location }: Refusal): Reply {
  const place = location === undefined ? {} : { locationType: 'parameter', location };
  const name = NAMES[status] === undefined ? {} : { status: NAMES[status] };
  return {
    status,
    json: { error: { errors: [{ domain, reason, message, ...place }], code: status, message, ...name } },
  };
}

export const badRequest = (message: string, location?: string): Reply =>
  refusal({ status: 400, reason: 'badRequest', message, ...(location === undefined ? {} : { location }) });

export const notFound: Reply = refusal({ status: 404, reason: 'notFound', message: 'Requested entity was not found.' });

export const invalidCredentials: Reply = refusal({
  status: 401,
  reason: 'authError',
  message: 'Request had invalid authentication credentials.',
});

export const syncTokenGone: Reply = refusal({
  status: 410,
  domain: 'calendar',
  reason: 'fullSyncRequired',
  message: 'Sync token is no longer valid, a full sync is required.',
  location: 'syncToken',
});

/** The vendor's own answer with a status. Google seldom says how long to wait. */
export function vendorAnswer(status: number): Reply {
  switch (status) {
    case 403:
      return refusal({ status, domain: 'usageLimits', reason: 'rateLimitExceeded', message: 'Rate Limit Exceeded' });
    case 410:
      return syncTokenGone;
    case 429:
      return {
        ...refusal({ status, domain: 'usageLimits', reason: 'rateLimitExceeded', message: 'Quota exceeded' }),
        headers: { 'retry-after': '7' },
      };
    case 500:
      return refusal({ status, reason: 'backendError', message: 'Backend Error' });
    default:
      return refusal({ status, reason: 'badRequest', message: 'Refused by the test' });
  }
}
