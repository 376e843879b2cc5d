/** What S3 and its SDK throw, as errors that say who must act: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { TidemillError } from '@tidemill/kit/errors';
import {
  bucketCredentials,
  bucketForbidden,
  bucketLacking,
  bucketMissing,
  bucketRefused,
  bucketThrottled,
  bucketUnavailable,
  notUnderstood,
  retryAfter,
  withoutAnswer,
} from '../remote/errors.ts';

const HINT =
  'Assume a role with aws-actions/configure-aws-credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN).';

const CREDENTIALS: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
]);
const REGION: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const THROTTLED: ReadonlySet<string> = new Set(['SlowDown', 'TooManyRequests', 'Throttling', 'RequestLimitExceeded']);
/**
 * Passing, though their status does not say so: the connection was too slow, or bytes were lost on it; two writes met;
 * the clock of this machine is wrong, which the SDK takes into account from the next request on.
 */
const PASSING: ReadonlySet<string> = new Set([
  'RequestTimeout',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeTooSkewed',
]);

/** What the SDK calls an error of HEAD, which has no body to say more. With 400 it is mostly an expired token. */
const WITHOUT_BODY = 'Unknown';

/** Longer answers are no messages. */
const MESSAGE_LENGTH = 300;

export const isS3Error = (error: unknown): error is S3ServiceException => error instanceof S3ServiceException;

export function s3Error(error: unknown, url: string): unknown {
  if (error instanceof TidemillError) return error;
  if (isS3Error(error)) return answered(error, url);
  if ((error as Error).name === 'CredentialsProviderError') {
    return bucketCredentials({ url, said: 'none that can be used', cause: error }, HINT);
  }
  // The SDK keeps an answer that it could not read, as one that was cut short.
  const isUnreadable = error instanceof Error && '$response' in error;
  return withoutAnswer(error, url) ?? (isUnreadable ? notUnderstood(url, error) : error);
}

function answered(error: S3ServiceException, url: string): TidemillError {
  const { name, $metadata, $response, message } = error;
  const status = $metadata.httpStatusCode ?? 0;
  const reason = name === WITHOUT_BODY ? '' : ` ${name}: ${message.slice(0, MESSAGE_LENGTH)}`;
  const circumstances = { url, said: `${status}${reason}`, cause: error };
  const wait = retryAfter(headerOf($response, 'retry-after'));
  if (status === 429 || THROTTLED.has(name)) return bucketThrottled(circumstances, wait);
  if (status === 501) return bucketLacking(circumstances);
  if (status === 408 || status >= 500 || PASSING.has(name)) return bucketUnavailable(circumstances, wait);
  if (REGION.has(name) || status === 301) return wrongRegion(circumstances.said, url, error);
  if (CREDENTIALS.has(name) || (name === WITHOUT_BODY && status === 400)) return bucketCredentials(circumstances, HINT);
  if (status === 401 || status === 403) return bucketForbidden(circumstances);
  return status === 404 ? bucketMissing(circumstances) : bucketRefused(circumstances);
}

function headerOf(response: unknown, name: string): string | undefined {
  return (response as { headers?: Record<string, string> } | undefined)?.headers?.[name];
}

export const wrongRegion = (said: string, url: string, cause?: unknown): TidemillError =>
  new TidemillError(
    'config',
    'bucket-region',
    `The region of the bucket ${url} is missing, or not the right one (${said})`,
    {
      hint: 'Set AWS_REGION to the region the bucket is in.',
      cause,
    },
  );

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html */
export const directoryBucket = (url: string): TidemillError =>
  new TidemillError('config', 'bucket-directory', `${url} is a directory bucket, which lists its objects in no order`, {
    hint: 'Use a general purpose bucket: listings in order of the keys are what Tidemill finds its way by.',
  });
