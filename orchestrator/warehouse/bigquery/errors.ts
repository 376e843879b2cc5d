/** What BigQuery refuses, as errors that say who must act: https://cloud.google.com/bigquery/docs/error-messages */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Dataset } from './location.ts';

/** As an answer or a job tells it. */
export interface Refusal {
  /** Of the HTTP answer; undefined when a job that was accepted failed. */
  readonly status?: number;
  /** BigQuery's word for it, empty where it has none. */
  readonly reason: string;
  /** In its words. Of a statement or a load they may quote a row. */
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
}

const Reason = z.object({ reason: z.string().optional() });
const Failure = z.object({
  error: z.object({
    message: z.string().catch(''),
    errors: z.array(Reason).catch([]),
    details: z.array(Reason).catch([]),
  }),
});

/** What an answer that is no success says. */
export function refusalIn(status: number, content: unknown, retryAfterSeconds: number | undefined): Refusal {
  const { error } = Failure.safeParse(content).data ?? {};
  const reasons = [...(error?.details ?? []), ...(error?.errors ?? [])].map(({ reason }) => reason);
  const reason = reasons.find((one) => one !== undefined && Object.hasOwn(KNOWN, one)) ?? reasons.at(-1) ?? '';
  return { status, reason, message: error?.message ?? '', retryAfterSeconds };
}

/** Longer answers are no messages. */
const MESSAGE_LENGTH = 300;

/** A quota by the day fills up bit by bit. */
const USED_UP_SECONDS = 3_600;

type Explain = (dataset: Dataset, said: string, refusal: Refusal) => TidemillError;

const forbidden: Explain = ({ project, dataset, url }, said) =>
  new TidemillError('auth', 'bigquery-forbidden', `The warehouse ${url} may not be used (${said})`, {
    hint: `Give the account of these credentials both roles: \`gcloud projects add-iam-policy-binding ${project} --member=serviceAccount:NAME --role=roles/bigquery.jobUser\`, and \`bq query --nouse_legacy_sql 'GRANT \`roles/bigquery.dataEditor\` ON SCHEMA \`${project}\`.${dataset} TO "serviceAccount:NAME"'\`.`,
  });

/** What helps whoever has no token, or one that is not taken. */
const SIGN_IN =
  'Log in with google-github-actions/auth (Workload Identity Federation) or `gcloud auth application-default login`, or set BIGQUERY_SERVICE_ACCOUNT_KEY.';

export const noCredentials = ({ url }: Dataset, said: string, cause?: unknown): TidemillError =>
  new TidemillError('auth', 'bigquery-credentials', `No valid credentials for ${url} (${said})`, {
    hint: SIGN_IN,
    cause,
  });

const quota: Explain = ({ url }, said, { retryAfterSeconds }) =>
  new TidemillError('quota', 'bigquery-rate', `The warehouse ${url} asks to slow down (${said})`, {
    hint: 'The package waits, and the next run loads it.',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

const usedUp: Explain = ({ url }, said) =>
  new TidemillError('quota', 'bigquery-quota', `A quota of the warehouse ${url} is used up (${said})`, {
    hint: 'The package waits, and a later run loads it. If it lasts, run the jobs less often: each run takes at least one load and one transaction.',
    retryAfterSeconds: USED_UP_SECONDS,
  });

const unavailable: Explain = ({ url }, said, { retryAfterSeconds }) =>
  new TidemillError('transient', 'bigquery-unavailable', `The warehouse ${url} fails (${said})`, {
    hint: 'If it lasts, see https://status.cloud.google.com.',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

const billing: Explain = ({ project, url }, said) =>
  new TidemillError('config', 'bigquery-billing', `The warehouse ${url} has no billing (${said})`, {
    hint: `Loads are free, but to change rows the project needs an account: https://console.cloud.google.com/billing/linkedaccount?project=${project}`,
  });

const disabled: Explain = ({ project }, said) =>
  new TidemillError('config', 'bigquery-disabled', `BigQuery is switched off in the project ${project} (${said})`, {
    hint: `Run \`gcloud services enable bigquery.googleapis.com --project=${project}\`.`,
  });

const bytes: Explain = ({ url, maxBytesBilled }) =>
  new TidemillError(
    'config',
    'bigquery-bytes',
    `A query in the warehouse ${url} would be billed for more than its max_bytes_billed of ${maxBytesBilled ?? '(as the project has it)'}`,
    {
      hint: 'Nothing was changed or billed. Raise the option in the location of the warehouse, or cut the table down.',
    },
  );

const tooLarge: Explain = ({ url }, said) =>
  new TidemillError('config', 'bigquery-too-large', `The warehouse ${url} cannot do this at once (${said})`, {
    hint: 'Ask for less: fewer columns or rows of a query; smaller packages of a job (`max_interval`).',
  });

/** By its words for them. What is not here is a mistake in what was asked. */
const KNOWN: Readonly<Record<string, Explain>> = {
  accessDenied: forbidden,
  rateLimitExceeded: quota,
  jobRateLimitExceeded: quota,
  userRateLimitExceeded: quota,
  RATE_LIMIT_EXCEEDED: quota,
  quotaExceeded: usedUp,
  dailyLimitExceeded: usedUp,
  RESOURCE_QUOTA_EXCEEDED: usedUp,
  backendError: unavailable,
  internalError: unavailable,
  jobBackendError: unavailable,
  jobInternalError: unavailable,
  tableUnavailable: unavailable,
  timeout: unavailable,
  stopped: unavailable,
  billingNotEnabled: billing,
  BILLING_DISABLED: billing,
  accessNotConfigured: disabled,
  SERVICE_DISABLED: disabled,
  bytesBilledLimitExceeded: bytes,
  responseTooLarge: tooLarge,
  resourcesExceeded: tooLarge,
};

/** What it has no word of its own for, in the words it has: they are no values. */
const SAID: readonly (readonly [RegExp, Explain])[] = [
  [/streaming buffer/, (dataset) => streamingBuffer(dataset)],
  [/concurrent (update|transaction)|could not serialize/i, (dataset) => overtaken(dataset)],
  [/exceeded limit for bytes billed/, bytes],
  // Its reason is resourcesExceeded, but it passes: https://github.com/m-lab/etl-gardener/issues/293
  [/Too many DML statements outstanding/, quota],
  // Some have no reason, or one that says nothing: https://github.com/googleapis/python-bigquery/issues/1991
  [/^The job encountered an (internal )?error|^Error encountered during execution/, unavailable],
  [
    /different locations?|Not found: URI|Access Denied: (File|Bucket)|^Access Denied: .*globbing file pattern|HTTP GET error/,
    (dataset) => unreadable(dataset),
  ],
];

const streamingBuffer = ({ url }: Dataset): TidemillError =>
  new TidemillError('transient', 'bigquery-streaming', `Somebody streams rows into a table of the warehouse ${url}`, {
    hint: 'BigQuery changes no row that was streamed in the last 90 minutes: stop it, or give it a table of its own.',
  });

/** Of a load through the bucket: no row is to blame. */
const unreadable = ({ url }: Dataset): TidemillError =>
  new TidemillError('config', 'bigquery-bucket', `The warehouse ${url} cannot read the rows in the bucket`, {
    hint: 'Its dataset and the bucket must lie in the same location, and the account of these credentials may read the bucket (roles/storage.objectViewer).',
  });

/** Another process wrote to the table between the count and the commit; nothing was changed. */
export const overtaken = ({ url }: Dataset): TidemillError =>
  new TidemillError('transient', 'bigquery-overtaken', `Somebody else has changed the table in ${url} meanwhile`, {
    hint: 'Nothing was changed. The next try counts again and loads it.',
  });

/** What a refusal is whoever asked for whatever; undefined where that decides. */
function known(dataset: Dataset, refusal: Refusal): TidemillError | undefined {
  const { status, reason, message } = refusal;
  const said = SAID.find(([pattern]) => pattern.test(message))?.[1];
  const explain = said ?? (Object.hasOwn(KNOWN, reason) ? KNOWN[reason] : undefined) ?? byStatus(status);
  return explain?.(dataset, [status, reason, shortened(message)].filter(Boolean).join(' '), refusal);
}

const shortened = (message: string): string => message.split('\n', 1)[0]?.slice(0, MESSAGE_LENGTH) ?? '';

function byStatus(status: number | undefined): Explain | undefined {
  if (status === undefined) return undefined;
  if (status === 429) return quota;
  if (status === 401) return (dataset, said) => noCredentials(dataset, said);
  if (status === 403) return forbidden;
  return status >= 500 || status === 408 ? unavailable : undefined;
}

/** A request, or a job of ours, that failed. Its message is not shown where it may hold a row. */
export function asWarehouseError(dataset: Dataset, refusal: Refusal): TidemillError {
  const error = known(dataset, refusal);
  if (error !== undefined) return error;
  if (refusal.reason === 'notFound') return missing(dataset);
  const what = [refusal.status, refusal.reason].filter(Boolean).join(' ');
  return new TidemillError('bug', 'bigquery-refused', `BigQuery refused a request (${what})`, {
    hint: 'What it says is not shown here: it may hold a value. The package waits, and the next run tries it again.',
  });
}

/** A load of rows that failed: what nobody else is to blame for, once the request was taken, is a value. */
export function asLoadError(dataset: Dataset, refusal: Refusal): TidemillError {
  const isOfRows = refusal.reason === 'invalid' && refusal.status === undefined;
  if (!isOfRows || known(dataset, refusal) !== undefined) return asWarehouseError(dataset, refusal);
  return new TidemillError('bug', 'warehouse-value', 'BigQuery refused a value', {
    hint: 'A value passed the checks of its column and yet does not fit; its text is not shown here.',
  });
}

/** A query somebody typed: what is wrong with it is theirs to correct. `about`: the statement alone was looked at. */
export function asQueryError(dataset: Dataset, refusal: Refusal, about: 'statement' | 'rows'): TidemillError {
  const error = known(dataset, refusal);
  if (error !== undefined) return error;
  const said = about === 'statement' ? `: ${shortened(refusal.message)}` : `: ${refusal.reason}`;
  return new TidemillError('config', 'query-refused', `BigQuery refused the query${said}`, {
    hint: 'Correct the query; it must be one statement that only reads. Tables are called `<service>__<data_type>`.',
  });
}

export const missing = ({ project, dataset, url }: Dataset): TidemillError =>
  new TidemillError('config', 'bigquery-dataset-missing', `There is no dataset ${url}, or a part of it was removed`, {
    hint: `Create it where its bucket is: \`bq --location=EU mk --dataset ${project}:${dataset}\`.`,
  });

export const notUnderstood = ({ url }: Dataset): TidemillError =>
  new TidemillError('transient', 'bigquery-unavailable', `The warehouse ${url} gave an answer that is not understood`);

/** BigQuery has taken a job, and does not know it yet: https://github.com/googleapis/python-bigquery/issues/2134 */
export const notSeenYet = ({ url }: Dataset, job: string): TidemillError =>
  new TidemillError('transient', 'bigquery-job-unknown', `The job ${job} in ${url} is not to be seen yet`, {
    hint: 'The next run looks at it before it starts another.',
  });

export const stillRunning = ({ url }: Dataset, job: string): TidemillError =>
  new TidemillError('transient', 'bigquery-job-slow', `The job ${job} in ${url} has not ended in time`, {
    hint: 'It may still end well: the next run looks at it before it starts another.',
  });

const NETWORK = /^(E[A-Z]+|HPE_\w+|UND_ERR_\w+)$/;
/** Node's codes for a connection that is not trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const NOT_TRUSTED = /CERT|^ERR_TLS|^ERR_SSL|UNABLE_TO|CRL|^EPROTO$/;

/** Why there was no answer at all; undefined for what is no failure of the network. */
export function withoutAnswer({ url }: Dataset, error: unknown): TidemillError | undefined {
  const { name, code = '' } = error as { name?: unknown; code?: unknown };
  const said = name === 'TimeoutError' ? 'no answer in time' : String(code);
  if (NOT_TRUSTED.test(said)) {
    return new TidemillError('config', 'bigquery-not-trusted', `The connection to ${url} is not trusted (${said})`, {
      hint: 'Check the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).',
      cause: error,
    });
  }
  if (name !== 'TimeoutError' && !NETWORK.test(said)) return undefined;
  return new TidemillError('transient', 'bigquery-unreachable', `The warehouse ${url} cannot be reached (${said})`, {
    hint: 'If it lasts, check the network of this machine.',
    cause: error,
  });
}
