/** Answers of Strava that are none: https://developers.strava.com/docs/reference/#api-models-Fault */
import type { Reply } from './http-server.ts';

const fault = (status: number, message: string, resource: string, field: string, code: string): Reply => ({
  status,
  json: { message, errors: [{ resource, field, code }] },
});

export const badRequest = (field: string, code: string): Reply => fault(400, 'Bad Request', 'Application', field, code);
export const permissionMissing = (scope: string): Reply =>
  fault(401, 'Authorization Error', 'AccessToken', `${scope.replace(/_all$/, '')}_permission`, 'missing');
/** Since June 2026, when the owner of the app has no subscription. */
export const inactive = (): Reply => fault(403, 'Forbidden', 'Application', 'Status', 'Inactive');
/** Without a word. */
export const notFound = (): Reply => ({ status: 404 });
export const tooMany = (): Reply => fault(429, 'Rate Limit Exceeded', 'Application', 'rate limit', 'exceeded');
/** What used to be answered: `errors` is a text. */
export const tooManyOnce = (): Reply => ({
  status: 429,
  json: { errors: 'Rate Limit Exceeded', status: 429, message: 'Too Many Requests' },
});

/** The status as the vendor says it; no 429 says how long to wait. */
export function failure(status: number): Reply {
  switch (status) {
    case 400:
      return badRequest('request', 'invalid');
    case 401:
      return fault(401, 'Authorization Error', 'Application', '', 'invalid');
    case 403:
      return fault(403, 'Forbidden', 'Athlete', 'access', 'invalid');
    case 404:
      return notFound();
    case 429:
      return tooMany();
    default:
      return { status, headers: { 'content-type': 'text/html' }, body: '<html><body>error</body></html>' };
  }
}

/** The token endpoint has words of its own for what the RFC calls otherwise. */
export function tokenError({ json }: Reply): Reply {
  const { error } = json as { readonly error: string };
  switch (error) {
    case 'invalid_client':
      return badRequest('client_id', 'invalid');
    case 'invalid_grant':
      return fault(400, 'Bad Request', 'RefreshToken', 'refresh_token', 'invalid');
    default:
      return badRequest('grant_type', 'invalid');
  }
}
