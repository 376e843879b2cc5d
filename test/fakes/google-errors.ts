/**
 * How Google's APIs refuse. Older ones list reasons in `errors` (https://developers.google.com/workspace/calendar/api/guides/errors),
 * and say beside them what newer ones say alone: a canonical `status`, with a reason in `details` or with none
 * (https://cloud.google.com/apis/design/errors).
 */
import type { Reply } from './http-server.ts';

interface Refusal {
  readonly status: number;
  /** The canonical code, where the status alone does not say it. */
  readonly name?: string;
  readonly reason: string;
  readonly message: string;
  /** Where the reason belongs; `global` if not given. */
  readonly domain?: string;
  /** The parameter that is at fault. */
  readonly location?: string;
  /** The reason in `details`, of those that Google's infrastructure refuses. */
  readonly detail?: string;
}

/** Names of the canonical codes. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function refusal({ status, reason, message, domain = 'global', location, detail, ...rest }: Refusal): Reply {
  const place = location === undefined ? {} : { locationType: 'parameter', location };
  const { name: canonical = NAMES[status] } = rest;
  const name = canonical === undefined ? {} : { status: canonical };
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: detail, domain: 'googleapis.com' };
  const details = detail === undefined ? {} : { details: [{ ...info, metadata: { service: 'api.example' } }] };
  const errors = [{ domain, reason, message, ...place }];
  return { status, json: { error: { errors, code: status, message, ...name, ...details } } };
}

/** What of a refusal the newer APIs say. */
export function withoutErrors(reply: Reply): Reply {
  const { error } = (reply.json ?? {}) as { readonly error?: { readonly errors?: unknown } };
  if (error === undefined) return reply;
  const { errors: _, ...canonical } = error;
  return { ...reply, json: { error: canonical } };
}

export const apiDisabled: Reply = refusal({
  status: 403,
  domain: 'usageLimits',
  reason: 'accessNotConfigured',
  message: 'The API has not been used in project 123 before or it is disabled.',
  detail: 'SERVICE_DISABLED',
});

export const scopeMissing: Reply = refusal({
  status: 403,
  reason: 'insufficientPermissions',
  message: 'Request had insufficient authentication scopes.',
  detail: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
});

export const notShared: Reply = refusal({
  status: 403,
  reason: 'forbidden',
  message: 'The caller does not have permission',
});

export const officeFile: Reply = refusal({
  status: 400,
  name: 'FAILED_PRECONDITION',
  reason: 'failedPrecondition',
  message: 'This operation is not supported for this document',
});

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

const tooFast = (status: number): Reply =>
  refusal({
    status,
    domain: 'usageLimits',
    reason: 'rateLimitExceeded',
    message: 'Quota exceeded',
    detail: 'RATE_LIMIT_EXCEEDED',
  });

/** The vendor's own answer with a status. Google seldom says how long to wait. */
export function vendorAnswer(status: number): Reply {
  switch (status) {
    case 403:
      return tooFast(status);
    case 410:
      return syncTokenGone;
    case 429:
      return {
        ...tooFast(status),
        headers: { 'retry-after': '7' },
      };
    case 500:
      return refusal({ status, reason: 'backendError', message: 'Backend Error' });
    default:
      return refusal({ status, reason: 'badRequest', message: 'Refused by the test' });
  }
}
