/** What Spanner refuses, as errors that say who must act: https://cloud.google.com/spanner/docs/error-codes */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Place } from './location.ts';

/** As an answer tells it. */
export interface Refusal {
  /** Of the HTTP answer; undefined where a stream broke off that had begun well. */
  readonly status?: number | undefined;
  /** Google's name for its kind: `ABORTED`. Empty where it has none. */
  readonly reason: string;
  /** In its words. It may quote a row. */
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** By their numbers: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto. The emulator tells no others. */
const NAMES =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  );

const Delay = z.object({ retryDelay: z.string().regex(/^\d{1,6}(\.\d+)?s$/) });
const Status = z.object({
  code: z.number().catch(0),
  message: z.string().catch(''),
  status: z.string().optional().catch(undefined),
  details: z.array(z.unknown()).catch([]),
});
const Failure = z.union([z.object({ error: Status }).transform(({ error }) => error), Status]);

/** What an answer that is no success says: of a method that streams, in a list. */
export function refusalIn(status: number | undefined, content: unknown, retryAfter?: number): Refusal {
  const {
    code,
    message,
    status: name,
    details,
  } = Failure.safeParse(Array.isArray(content) ? content[0] : content).data ?? { code: 0, message: '', details: [] };
  const [delay] = details.flatMap((detail) => Delay.safeParse(detail).data ?? []);
  const retryAfterSeconds = delay === undefined ? retryAfter : Number.parseFloat(delay.retryDelay);
  return { status, reason: name ?? NAMES[code] ?? '', message, retryAfterSeconds };
}

/** Longer answers are no messages. */
const MESSAGE_LENGTH = 300;

type Explain = (place: Place, said: string, refusal: Refusal) => TidemillError;

const forbidden: Explain = ({ project, instance, database, url }, said) =>
  new TidemillError('auth', 'spanner-forbidden', `The warehouse ${url} may not be used (${said})`, {
    hint: `Give the account of these credentials the role: \`gcloud spanner databases add-iam-policy-binding ${database} --instance=${instance} --project=${project} --role=roles/spanner.databaseUser --member=serviceAccount:NAME\`.`,
  });

/** What helps whoever has no token, or one that is not taken. */
const SIGN_IN =
  'Log in with google-github-actions/auth (Workload Identity Federation) or `gcloud auth application-default login`, or set SPANNER_SERVICE_ACCOUNT_KEY.';

export const noCredentials = ({ url }: Place, said: string, cause?: unknown): TidemillError =>
  new TidemillError('auth', 'spanner-credentials', `No valid credentials for ${url} (${said})`, {
    hint: SIGN_IN,
    cause,
  });

const waits = ({ retryAfterSeconds }: Refusal) => (retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

const quota: Explain = ({ url }, said, refusal) =>
  new TidemillError('quota', 'spanner-rate', `The warehouse ${url} asks to slow down (${said})`, {
    hint: 'The package waits, and the next run loads it. If it lasts, look at the load of the instance.',
    ...waits(refusal),
  });

const unavailable: Explain = ({ url }, said, refusal) =>
  new TidemillError('transient', 'spanner-unavailable', `The warehouse ${url} fails (${said})`, {
    hint: 'If it lasts, see https://status.cloud.google.com.',
    ...waits(refusal),
  });

/** Another transaction was in the way; nothing was changed. */
const aborted: Explain = ({ url }, _, refusal) =>
  new TidemillError('transient', 'spanner-aborted', `Another transaction is in the way in ${url}`, {
    hint: 'Nothing was changed. The next run goes on from here.',
    ...waits(refusal),
  });

const busy: Explain = ({ url }, said) =>
  new TidemillError('transient', 'spanner-busy', `The schema of ${url} is being changed (${said})`, {
    hint: 'Nothing was changed. The next run goes on from here.',
  });

const disabled: Explain = ({ project }, said) =>
  new TidemillError('config', 'spanner-disabled', `Spanner is switched off in the project ${project} (${said})`, {
    hint: `Run \`gcloud services enable spanner.googleapis.com --project=${project}\`.`,
  });

const missing = ({ project, instance, database, url }: Place): TidemillError =>
  new TidemillError('config', 'spanner-database-missing', `There is no database ${url}`, {
    hint: `Create it: \`gcloud spanner databases create ${database} --instance=${instance} --project=${project}\`.`,
  });

/** Sessions that nobody used for an hour are gone; another one is as good. Only those who hold it see this. */
const sessionGone: Explain = ({ url }) =>
  new TidemillError('transient', 'spanner-session', `A session of ${url} is over`);

/** A commit has more changes or bytes than one may have. Only `write.ts` sees this, unless a single row has. */
const tooLarge: Explain = ({ url }) =>
  new TidemillError('config', 'spanner-too-large', `A row is too large for one commit of ${url}`, {
    hint: 'Take away indexes of the table, or columns of the job; then run it again.',
  });

const valueRefused = ({ url }: Place): TidemillError =>
  new TidemillError('bug', 'warehouse-value', `The warehouse ${url} refuses a value: it is larger than a cell`, {
    hint: 'A value passed the checks of its column and yet does not fit; its text is not shown here.',
  });

/** By its words for them. What is not here is a mistake in what was asked. */
const KNOWN: Readonly<Record<string, Explain>> = {
  ABORTED: aborted,
  RESOURCE_EXHAUSTED: quota,
  UNAVAILABLE: unavailable,
  INTERNAL: unavailable,
  UNKNOWN: unavailable,
  CANCELLED: unavailable,
  DEADLINE_EXCEEDED: unavailable,
  UNAUTHENTICATED: (place, said) => noCredentials(place, said),
};

/** What has a name that says less than its words do: they are no values. */
const SAID: readonly (readonly [RegExp, Explain])[] = [
  [/^Session not found/, sessionGone],
  [/^(Database|Instance) not found/, (place) => missing(place)],
  [
    /too many mutations|mutations? .*exceed|exceeds the maximum (commit size|total bytes-size)|request payload size exceeds|transaction is too large/i,
    tooLarge,
  ],
  [/exceeds the maximum size limit for this column/, (place) => valueRefused(place)],
  [/has not been used in project|is disabled|SERVICE_DISABLED/, disabled],
  [/concurrent schema change operation|schema change .*in progress/i, busy],
];

/** What a refusal is whoever asked for whatever; undefined where that decides. */
function known(place: Place, refusal: Refusal): TidemillError | undefined {
  const { status, reason, message } = refusal;
  const said = SAID.find(([pattern]) => pattern.test(message))?.[1];
  const explain = said ?? (Object.hasOwn(KNOWN, reason) ? KNOWN[reason] : undefined) ?? byStatus(status);
  return explain?.(place, [status, reason].filter(Boolean).join(' '), refusal);
}

function byStatus(status: number | undefined): Explain | undefined {
  if (status === undefined) return undefined;
  if (status === 429) return quota;
  if (status === 401) return (place, said) => noCredentials(place, said);
  if (status === 403) return forbidden;
  if (status === 413) return tooLarge;
  return (status >= 500 && status !== 501) || status === 408 ? unavailable : undefined;
}

/** A request of ours that failed. Its message is not shown: it may hold a row. */
export function asWarehouseError(place: Place, refusal: Refusal): TidemillError {
  const error = known(place, refusal);
  if (error !== undefined) return error;
  const what = [refusal.status, refusal.reason].filter(Boolean).join(' ');
  return new TidemillError('bug', 'spanner-refused', `Spanner refused a request (${what})`, {
    hint: 'What it says is not shown here: it may hold a value. The package waits, and the next run tries it again.',
  });
}

/** A change of the schema that failed: its message speaks of the statement. */
export function asSchemaError(place: Place, refusal: Refusal): TidemillError {
  const error = known(place, refusal);
  if (error !== undefined) return error;
  return new TidemillError(
    'config',
    'spanner-schema',
    `The schema of ${place.url} cannot be changed: ${shortened(refusal.message)}`,
    {
      hint: 'Correct it in the warehouse, or the columns of the job; then run it again.',
    },
  );
}

/** A query somebody typed: what is wrong with it is theirs to correct. A mistake in the statement is shown, what a row says is not. */
export function asQueryError(place: Place, refusal: Refusal): TidemillError {
  const error = known(place, refusal);
  if (error !== undefined) return error;
  const isOfStatement = ['INVALID_ARGUMENT', 'UNIMPLEMENTED'].includes(refusal.reason);
  const said = isOfStatement ? shortened(refusal.message) : refusal.reason;
  return new TidemillError('config', 'query-refused', `Spanner refused the query: ${said}`, {
    hint: 'Correct the query; it must be one statement that only reads. Tables are called `service.data_type`.',
  });
}

const shortened = (message: string): string => message.split('\n', 1)[0]?.slice(0, MESSAGE_LENGTH) ?? '';

/** Another process wrote to the table at the same time, again and again; its rows and ours are whole. */
export const overtaken = ({ url }: Place): TidemillError =>
  new TidemillError('transient', 'spanner-overtaken', `Somebody else keeps changing the table in ${url}`, {
    hint: 'The next run goes on from here.',
  });

export const notUnderstood = ({ url }: Place): TidemillError =>
  new TidemillError('transient', 'spanner-unavailable', `The warehouse ${url} gave an answer that is not understood`);

export const cutOff = ({ url }: Place): TidemillError =>
  new TidemillError('transient', 'spanner-cut-off', `The warehouse ${url} broke off its answer`, {
    hint: 'Ask again.',
  });

const NETWORK = /^(E[A-Z]+|HPE_\w+|UND_ERR_\w+)$/;
/** Node's codes for a connection that is not trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const NOT_TRUSTED = /CERT|^ERR_TLS|^ERR_SSL|UNABLE_TO|CRL|^EPROTO$/;

/** Why there was no answer at all; undefined for what is no failure of the network. */
export function withoutAnswer({ url }: Place, error: unknown): TidemillError | undefined {
  const { name, code = '' } = error as { name?: unknown; code?: unknown };
  const said = name === 'TimeoutError' ? 'no answer in time' : String(code);
  if (NOT_TRUSTED.test(said)) {
    return new TidemillError('config', 'spanner-not-trusted', `The connection to ${url} is not trusted (${said})`, {
      hint: 'Check the clock of this machine and its certificates (NODE_EXTRA_CA_CERTS).',
      cause: error,
    });
  }
  if (name !== 'TimeoutError' && !NETWORK.test(said)) return undefined;
  return new TidemillError('transient', 'spanner-unreachable', `The warehouse ${url} cannot be reached (${said})`, {
    hint: 'If it lasts, check the network of this machine.',
    cause: error,
  });
}
