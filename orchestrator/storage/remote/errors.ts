/** What goes wrong with a bucket somewhere else, in the same words for every store. */
import { TidemillError } from '@tidemill/kit/errors';

/** What failed, as a message begins. */
export interface Circumstances {
  /** The bucket. */
  readonly url: string;
  /** What the store answered, or why it did not; never contents of an object. */
  readonly said: string;
  readonly cause?: unknown;
}

export const bucketMissing = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('config', 'bucket-missing', `There is no bucket ${url} (${said})`, {
    hint: 'Create it, or correct its name in the configuration.',
    cause,
  });

export const bucketForbidden = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('auth', 'bucket-forbidden', `The bucket ${url} may not be used (${said})`, {
    hint: 'Let these credentials read, write, list and delete objects in it, or use others. Some stores answer the same for a bucket that does not exist.',
    cause,
  });

export const bucketProject = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('config', 'bucket-project', `The project of the bucket ${url} may not be used (${said})`, {
    hint: 'See in the console of the store if its API is switched on for the project, and if the project has billing.',
    cause,
  });

export const bucketCredentials = ({ url, said, cause }: Circumstances, hint: string): TidemillError =>
  new TidemillError('auth', 'bucket-credentials', `No valid credentials for the bucket ${url} (${said})`, {
    hint,
    cause,
  });

export const bucketThrottled = ({ url, said, cause }: Circumstances, retryAfterSeconds?: number): TidemillError =>
  new TidemillError('transient', 'bucket-throttled', `The bucket ${url} asks to slow down (${said})`, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

export const bucketUnavailable = ({ url, said, cause }: Circumstances, retryAfterSeconds?: number): TidemillError =>
  new TidemillError('transient', 'bucket-unavailable', `The bucket ${url} cannot be reached (${said})`, {
    hint: 'If it lasts, check the network of this machine and the status page of the store.',
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** Cut short, or of somebody between here and the store. */
export const notUnderstood = (url: string, cause?: unknown): TidemillError =>
  bucketUnavailable({ url, said: 'an answer that is not understood', cause });

/** Some that speak the same language have only a part of it: https://github.com/sathinduga/obsidian-s3-sync-and-backup/issues/78 */
export const bucketLacking = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('config', 'bucket-lacking', `The store of ${url} does not have what it is asked for (${said})`, {
    hint: 'Tidemill needs conditional writes (If-None-Match and If-Match), uploads in parts with CRC32 checksums and listings in pages (ListObjectsV2). Use a store that has them, or update this one.',
    cause,
  });

/** A page that was there before: whoever follows it never comes to an end. */
export const listingEndless = (url: string): TidemillError =>
  new TidemillError('transient', 'bucket-listing', `The bucket ${url} lists the same page again and again`, {
    hint: 'Nothing was changed. If it lasts, what stands between here and the store repeats an old answer, or the store is broken.',
  });

/** Half of a listing is no listing: what is not in it would be taken for what is not there. */
export const listingCutShort = (url: string): TidemillError =>
  bucketLacking({ url, said: 'a listing has more pages, and no token for the next one' });

/** The store says that a request is wrong: either a setting is, or the driver. */
export const bucketRefused = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('bug', 'bucket-refused', `The bucket ${url} does not take a request (${said})`, {
    hint: 'Check the name of the bucket and the settings of its store; if they are right, please report this.',
    cause,
  });

export const writeUnknown = (url: string, key: string): TidemillError =>
  new TidemillError('transient', 'bucket-write-unknown', `Nobody knows if ${key} was written to ${url}`, {
    hint: 'The answer was lost, and somebody else has changed the object since. The next run reads it and goes on.',
  });

export const objectChanged = (url: string, key: string): TidemillError =>
  new TidemillError('transient', 'bucket-object-changed', `${key} in ${url} was replaced while it was read`, {
    hint: 'The next run reads the new one.',
  });

export const objectDamaged = (url: string, key: string): TidemillError =>
  new TidemillError(
    'transient',
    'bucket-object-damaged',
    `${key} came from ${url} with other bytes than it has there`,
    {
      hint: 'The next run reads it again. If it lasts, restore an older version of the object.',
    },
  );

const NETWORK = /^(E[A-Z]+|HPE_\w+|UND_ERR_(SOCKET|\w+_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH))$/;
/** Node's codes for a connection that is not trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const NOT_TRUSTED = /CERT|^ERR_TLS|^ERR_SSL|UNABLE_TO|CRL|^EPROTO$/;

/** Why there was no answer at all; undefined for what is no failure of the network. */
export function withoutAnswer(error: unknown, url: string): TidemillError | undefined {
  const { name, code = '' } = error as { name?: unknown; code?: unknown };
  const said = String(code);
  if (NOT_TRUSTED.test(said)) return notTrusted({ url, said, cause: error });
  if (NETWORK.test(said)) return bucketUnavailable({ url, said, cause: error });
  return name === 'TimeoutError' ? bucketUnavailable({ url, said: 'no answer in time', cause: error }) : undefined;
}

const notTrusted = ({ url, said, cause }: Circumstances): TidemillError =>
  new TidemillError('config', 'bucket-not-trusted', `The connection to the bucket ${url} is not trusted (${said})`, {
    hint: 'Check the address of the store, the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).',
    cause,
  });

/** How many seconds the header `Retry-After` asks for; a date is left out, for clocks differ. */
export function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
