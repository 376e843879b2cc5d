/** How Todoist refuses: https://developer.todoist.com/api/v1/#tag/Errors */
import type { Reply } from './http-server.ts';

export interface Refusal {
  readonly status: number;
  readonly tag: string;
  /** Seconds. Todoist names them with some permanent errors, too. */
  readonly retryAfter: number | undefined;
}

export function refusal({ status, tag, retryAfter }: Refusal): Reply {
  const error_extra = { event_id: 'event-1', ...(retryAfter === undefined ? {} : { retry_after: retryAfter }) };
  return { status, json: { error: tag, error_code: status, error_extra, error_tag: tag, http_code: status } };
}

export const TOO_MANY: Refusal = { status: 429, tag: 'LIMITS_REACHED', retryAfter: 6 };

export const badRequest = (parameter: string): Reply => ({
  status: 400,
  json: {
    error: 'Invalid argument value',
    error_code: 20,
    error_extra: { argument: parameter },
    error_tag: 'INVALID_ARGUMENT_VALUE',
    http_code: 400,
  },
});
