/** Answers of Spotify that are none: https://developer.spotify.com/documentation/web-api/concepts/api-calls#regular-error-object */
import type { Reply } from './http-server.ts';

export const apiError = (status: number, message: string): Reply => ({ status, json: { error: { status, message } } });

export const badRequest = (message: string): Reply => apiError(400, message);
export const forbidden = (): Reply => apiError(403, 'Forbidden');
export const notFound = (): Reply => apiError(404, 'Resource not found');
export const scopeMissing = (): Reply => apiError(403, 'Insufficient client scope');

/** The status as the vendor says it; 429 with the seconds to wait. */
export function failure(status: number, retryAfterSeconds = 3): Reply {
  switch (status) {
    case 401:
      return apiError(401, 'The access token expired');
    case 429:
      return { ...apiError(429, 'API rate limit exceeded'), headers: { 'retry-after': String(retryAfterSeconds) } };
    case 500:
    case 502:
    case 503:
      return { status, headers: { 'content-type': 'text/html' }, body: '<html><body>upstream error</body></html>' };
    default:
      return apiError(status, 'The request was not understood');
  }
}
