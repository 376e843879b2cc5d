/** What npm's libraries throw, as errors that say who must act. */
import { type ErrorKind, TidemillError } from '@tidemill/kit';
import { redactText } from '@tidemill/kit/redact';

interface Failure {
  readonly kind: ErrorKind;
  readonly code: string;
  /** Of npm's own codes: `E` and the HTTP status, or those of the system, of TLS and of npm's libraries. */
  readonly npm: RegExp;
  readonly message: string;
  readonly hint: string;
}

/** The first whose `npm` matches counts. A code that is not here was never understood, so it is not retried. */
const FAILURES: readonly Failure[] = [
  {
    kind: 'config',
    code: 'package-not-found',
    npm: /^E(404|410|451)$/,
    message: 'the registry does not have it',
    hint: 'Look at `npm config get registry` and at the registry of its scope; a private registry also answers so without credentials.',
  },
  {
    kind: 'config',
    code: 'package-version-unknown',
    npm: /^(ETARGET|ENOVERSIONS)$/,
    message: 'the registry has no such version',
    hint: 'Give an exact version or a dist-tag the registry knows.',
  },
  {
    kind: 'auth',
    code: 'registry-refused',
    npm: /^(E401|E402|E403|EOTP|EAUTHIP|ENEEDAUTH)$/,
    message: 'the registry refuses the credentials of your npm configuration',
    hint: 'Renew them with `npm login`, or the token your .npmrc names.',
  },
  {
    kind: 'quota',
    code: 'registry-busy',
    npm: /^E429$/,
    message: 'the registry asks to wait',
    hint: 'It is busy, and answers again when it is not.',
  },
  {
    kind: 'config',
    code: 'registry-misconfigured',
    npm: /CERT|^(UNABLE_TO_|ERR_TLS|ERR_SSL|EINVALIDPROXY|ERR_INVALID_URL|ERR_INVALID_PROTOCOL|EPROTO|EACCES|EPERM|EISDIR|ENOTDIR|invalid-json|\w+-redirect|ENOTCACHED|E4(?!08|25)\d\d$)/,
    message: 'the registry cannot be used as your npm configuration describes it',
    hint: 'Check registry, proxy, cafile and offline: `npm view` of the same package fails likewise.',
  },
  {
    // It was fetched a second time already. Nothing was loaded, so trying again later is safe; a registry
    // that keeps serving other bytes ends as a failed slot.
    kind: 'transient',
    code: 'package-damaged',
    npm: /^(EINTEGRITY|EBADSIZE|Z_\w+|TAR_BAD_ARCHIVE|TAR_ABORT)$/,
    message: 'the tarball is not the one its integrity describes',
    hint: 'If it stays so, the registry or a proxy in between changes the tarball: compare with another registry.',
  },
  {
    kind: 'transient',
    code: 'registry-unreachable',
    npm: /^(E408|E425|E5\d\d|ENOTFOUND|EAI_\w+|ECONN\w+|E\w*TIMEDOUT|E\w+TIMEOUT|ENETUNREACH|EHOSTUNREACH|EPIPE|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE|\w+-timeout)$/,
    message: 'the registry cannot be reached',
    hint: '`npm ping` says whether it is there for npm.',
  },
];

interface NpmError {
  readonly code?: unknown;
  /** Says more where the code is `FETCH_ERROR`. */
  readonly type?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly distTags?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, readonly string[] | undefined>>;
}

/** The error for what npm's libraries threw about `spec` (`name@version`). */
export function npmError(thrown: unknown, spec: string): TidemillError {
  if (thrown instanceof TidemillError) return thrown;
  const error: NpmError = Object(thrown);
  const code = String(error.code === 'FETCH_ERROR' ? error.type : error.code);
  const failure = FAILURES.find(({ npm }) => npm.test(code));
  const cause = redacted(error);
  if (failure === undefined) {
    return new TidemillError('bug', 'npm-unexpected', `${spec}: npm failed with the code ${code}`, { cause });
  }
  const tags = Object.entries(error.distTags ?? {}).map(([tag, version]) => `${tag} is ${version}`);
  const retryAfterSeconds = Number(error.headers?.['retry-after']?.[0] ?? Number.NaN);
  return new TidemillError(failure.kind, failure.code, `${spec}: ${failure.message} (${code})`, {
    hint: tags.length === 0 ? failure.hint : `${failure.hint} Its dist-tags: ${tags.join(', ')}.`,
    cause,
    ...(failure.kind === 'quota' && Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {}),
  });
}

/** npm's own words may hold the registry's URL with a password in it. */
function redacted({ message, stack }: NpmError): Error {
  const cause = new Error(redactText(String(message), []));
  cause.stack = redactText(String(stack ?? message), []);
  return cause;
}
