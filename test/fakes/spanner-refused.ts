/** What the fake of Spanner refuses, with the name and the status that Google's APIs have for it: https://cloud.google.com/apis/design/errors */
const STATUSES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
} as const;

export class Refused extends Error {
  readonly status: keyof typeof STATUSES;
  readonly details: readonly object[];

  constructor(status: keyof typeof STATUSES, message: string, details: readonly object[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }

  get reply() {
    const { status, message, details } = this;
    return { status: STATUSES[status], json: { error: { code: STATUSES[status], message, status, details } } };
  }
}

/** An answer that asks to wait: https://cloud.google.com/apis/design/errors#error_payloads */
export const wait = (seconds: number): object => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay: `${seconds}s`,
});
