/** The connection to a store that speaks S3, and the one way all requests take. */
import { S3Client, type S3ClientConfig, type S3ServiceException } from '@aws-sdk/client-s3';
import { type Location, parseLocation } from '../remote/location.ts';
import { inTime, type Limits, patienceOf, type RemoteOptions, type Retry } from '../remote/options.ts';
import { directoryBucket, isS3Error, s3Error, wrongRegion } from './errors.ts';

/** How AWS names buckets of one zone: https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html */
const DIRECTORY_BUCKET = /--x-s3$/;

/** An error that the caller counts as an answer. */
export class Declined {
  /** As `NoSuchKey`; what HEAD declines has none, for it comes without a body. */
  readonly code: string;
  readonly status: number | undefined;

  constructor({ name, $metadata }: S3ServiceException) {
    this.code = name;
    this.status = $metadata.httpStatusCode;
  }
}

type Operation<T> = (options: { readonly abortSignal: AbortSignal }) => Promise<T>;

export class S3Store {
  readonly client: S3Client;
  readonly location: Location;
  readonly limits: Limits;
  readonly retry: Retry;
  readonly clock: RemoteOptions['clock'];

  constructor(options: RemoteOptions) {
    const { limits, retry } = patienceOf(options);
    this.location = parseLocation('s3', options.location);
    if (DIRECTORY_BUCKET.test(this.location.name)) throw directoryBucket(this.location.url);
    this.limits = limits;
    this.retry = retry;
    this.clock = options.clock;
    this.client = new S3Client(configFrom(options.env, limits.requestMs));
  }

  /** What and where: the members that every request about an object has. */
  at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.location.name, Key: name };
  }

  /** The operation's answer, asked again while that may help; Declined for the accepted codes and statuses. */
  ask<T>(operation: Operation<T>, accept: readonly (string | number)[] = []): Promise<T | Declined> {
    return this.retry(() => this.askOnce(operation, accept));
  }

  /** Throws TidemillErrors that say who must act. */
  async askOnce<T>(operation: Operation<T>, accept: readonly (string | number)[] = []): Promise<T | Declined> {
    await this.#regionIsKnown();
    try {
      return await inTime(this.limits.requestMs, (abortSignal) => operation({ abortSignal }));
    } catch (error) {
      const isDeclined =
        isS3Error(error) && [error.name, error.$metadata.httpStatusCode ?? 0].some((code) => accept.includes(code));
      if (isDeclined) return new Declined(error);
      throw s3Error(error, this.location.url);
    }
  }

  /** The SDK looks for it in several places, the last of them the user's own configuration. */
  async #regionIsKnown(): Promise<void> {
    try {
      await this.client.config.region();
    } catch (error) {
      throw wrongRegion('none is set', this.location.url, error);
    }
  }
}

/**
 * `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for stores that are not Amazon's, which are addressed path-style unless
 * `TIDEMILL_S3_PATH_STYLE` is `false`; `AWS_REGION`; credentials from the environment or the SDK's default chain.
 */
function configFrom(env: RemoteOptions['env'], connectionTimeout: number): S3ClientConfig {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (endpoint && 'us-east-1');
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const forcePathStyle = env['TIDEMILL_S3_PATH_STYLE'] ? env['TIDEMILL_S3_PATH_STYLE'] === 'true' : Boolean(endpoint);
  return {
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    ...(accessKeyId && secretAccessKey
      ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } }
      : {}),
    forcePathStyle,
    // Of a part the SDK would compare the checksum of the whole object, which some stores send with it.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // One attempt: when to try again is decided where it is known what a lost answer means.
    maxAttempts: 1,
    requestHandler: { connectionTimeout },
  };
}
