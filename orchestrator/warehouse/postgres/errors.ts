/** What PostgreSQL, and the way there, come to, as errors that say who must act. */
import { TidemillError } from '@tidemill/kit';
import pg from 'pg';

/** SQLSTATEs by their beginning: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: readonly (readonly [pattern: RegExp, refuse: (url: string, state: string) => TidemillError])[] = [
  [
    /^28/,
    (url, state) =>
      new TidemillError('auth', 'postgres-auth', `${url} does not let this user in (SQLSTATE ${state})`, {
        hint: 'Check the user in the URL (some poolers want it as USER.PROJECT), TIDEMILL_POSTGRES_PASSWORD, and which hosts pg_hba.conf admits, with or without TLS.',
      }),
  ],
  [
    /^3D000/,
    (url) =>
      new TidemillError('config', 'postgres-database', `There is no database ${url}`, {
        hint: 'Make it (CREATE DATABASE), or correct the URL.',
      }),
  ],
  [
    /^42501/,
    (url) =>
      new TidemillError('config', 'postgres-rights', `The role may not do in ${url} what was asked`, {
        hint: 'Run `npx tidemill doctor`; it names the GRANT that is missing for loads.',
      }),
  ],
  [
    /^25006/,
    (url) =>
      new TidemillError('config', 'postgres-read-only', `${url} only lets itself be read: it is a standby, or set so`, {
        hint: 'Name the primary server, or take default_transaction_read_only away from the role.',
      }),
  ],
  [
    /^2BP01/,
    (url) =>
      new TidemillError('config', 'postgres-depended-on', `In ${url} something depends on what a load must change`, {
        hint: 'The declared key is another one: a foreign key of yours may rest on the old one. Drop it, then run again.',
      }),
  ],
  [
    /^53100/,
    (url) =>
      new TidemillError('config', 'disk-full', `No space left for the warehouse ${url}`, {
        hint: 'Free some space on the disk of the server. Nothing was lost: the next run goes on from here.',
      }),
  ],
  [
    /^53300|^57P03/,
    (url) =>
      new TidemillError('transient', 'postgres-not-now', `${url} takes no more connections, or is just starting`, {
        hint: 'Let fewer programs connect, or put PgBouncer in front of it. The next run goes on from here.',
      }),
  ],
  [
    /^40001|^40P01/,
    (url, state) =>
      new TidemillError('transient', 'postgres-conflict', `Somebody else changed ${url} meanwhile (SQLSTATE ${state})`),
  ],
  [
    /^55P03|^55006/,
    (url) =>
      new TidemillError('transient', 'warehouse-busy', `Somebody holds on to a table of ${url} that a load needs`, {
        hint: 'Look for a transaction that nobody ends (pg_stat_activity), or wait: the next run goes on from here.',
      }),
  ],
  [
    /^57014/,
    (url) =>
      new TidemillError('transient', 'postgres-cancelled', `A statement was cancelled in ${url}`, {
        hint: 'Somebody cancelled it, or it took too long; of a query a part may be enough, with a condition or LIMIT.',
      }),
  ],
  [/^08|^57P0[1245]|^25P0[34]/, (url) => lost(url)],
  [
    /^53|^58/,
    (url, state) =>
      new TidemillError('transient', 'warehouse-io', `${url} could not be read or written (SQLSTATE ${state})`, {
        hint: 'Are its disk and its memory sound? Nothing was lost: the next run goes on from here.',
      }),
  ],
  [
    // 54000: a value is too long for the index of its column.
    /^22|^23|^54000/,
    (_, state) =>
      new TidemillError('bug', 'warehouse-value', `PostgreSQL refused a value (SQLSTATE ${state})`, {
        hint: 'A value passed the checks of its column and yet does not fit, or broke a constraint that the table was given; its text is not shown here.',
      }),
  ],
];

/** Errors of sockets and names that a person must mend; any other may pass. */
const ELSEWHERE = new Set(['ENOTFOUND', 'EINVAL', 'ERR_SOCKET_BAD_PORT']);

/** The error with its kind. It has no cause where one could hold a record's contents: PostgreSQL quotes rows in details. */
export function asPostgresError(thrown: unknown, url: string): TidemillError {
  if (thrown instanceof TidemillError) return thrown;
  if (thrown instanceof pg.DatabaseError) return fromServer(thrown, url);
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code = '' } = cause as NodeJS.ErrnoException;
  // OpenSSL's own names of what is wrong with a certificate have no prefix in common: https://nodejs.org/api/tls.html#x509-certificate-error-codes
  const isTls = /^ERR_(?:TLS|SSL|OSSL)|CERT|VERIFY|^(?:HOSTNAME_MISMATCH|CRL_|INVALID_CA|EPROTO$)/.test(code);
  // What the driver says itself has no code; this is the one place that reads it.
  if (isTls || /SSL connection/.test(cause.message)) return untrusted(url, cause);
  if (/^SASL|password must be/.test(cause.message)) return notSignedIn(url, cause);
  if (/^Connection terminated|not queryable|^timeout expired|closed the connection/.test(cause.message))
    return lost(url);
  if (code === '') {
    return new TidemillError('bug', 'warehouse-failed', 'What was asked of PostgreSQL failed', {
      hint: 'What it says is not shown here: it may hold a value. The package waits, and the next run tries it again.',
    });
  }
  if (ELSEWHERE.has(code)) {
    return new TidemillError('config', 'postgres-host', `The server of ${url} is not known (${code})`, {
      hint: 'Correct host and port of the URL.',
      cause,
    });
  }
  return lost(url, code);
}

/**
 * Whoever connects has sent no row yet: what the server says to that may be shown. Serverless ones refuse in words alone, as when
 * a plan is used up.
 */
export function asConnectError(thrown: unknown, url: string): TidemillError {
  const error = asPostgresError(thrown, url);
  if (!(thrown instanceof pg.DatabaseError)) return error;
  const isUntold = error.code === 'warehouse-failed' || (error.code === 'warehouse-lost' && thrown.code === VAGUE[0]);
  if (!isUntold) return error;
  const said = thrown.message.split('\n', 1)[0]?.slice(0, MESSAGE_LENGTH);
  return new TidemillError(
    'transient',
    'postgres-refused',
    `${url} lets nobody in: ${said} (SQLSTATE ${thrown.code})`,
    {
      hint: 'Ask whoever runs the server, or look into its console. The package waits, and the next run tries it again.',
    },
  );
}

const MESSAGE_LENGTH = 300;

/** PgBouncer has the first for everything that it refuses itself; Supabase's pooler and Neon's have the second. */
const VAGUE = ['08P01', 'XX000'];

/** What they say then, and the SQLSTATE that PostgreSQL has for it. */
const POOLERS: readonly (readonly [pattern: RegExp, state: string])[] = [
  [
    /authentication failed|no such user|no authentication method|login rejected|tenant.* not found|tenant identifier|user or db_name/i,
    '28P01',
  ],
  [/no such database/, '3D000'],
  [/SSL (?:connection is )?required/, '28000'],
  [/^(?:\(EMAX|.*(?:max clients|max client connections|no more connections|connections exceeded))/, '53300'],
];

const stateOf = (code: string, message: string): string =>
  VAGUE.includes(code) ? (POOLERS.find(([pattern]) => pattern.test(message))?.[1] ?? code) : code;

function fromServer({ code: told = '', message }: pg.DatabaseError, url: string): TidemillError {
  const code = stateOf(told, message);
  const [, refuse] = states.find(([pattern]) => pattern.test(code)) ?? [];
  if (refuse !== undefined) return refuse(url, code);
  // These speak of the statement. PostgreSQL's messages of other classes may quote a value, and so a record.
  if (/^(?:42|3F|0A|25|26|34|54)/.test(code)) {
    return new TidemillError('bug', 'warehouse-statement', `${message.split('\n', 1)[0]} (SQLSTATE ${code})`);
  }
  return new TidemillError('bug', 'warehouse-failed', `PostgreSQL failed (SQLSTATE ${code})`, {
    hint: 'What it says is not shown here: it may hold a value. The package waits, and the next run tries it again.',
  });
}

/** There is no way to the address: mostly one of IPv6, on a machine that has none. */
const NO_WAY = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL']);

const lost = (url: string, code?: string): TidemillError =>
  new TidemillError(
    'transient',
    'warehouse-lost',
    `${url} cannot be reached, or the connection was lost${code === undefined ? '' : ` (${code})`}`,
    {
      hint:
        code !== undefined && NO_WAY.has(code)
          ? "Does the host have an IPv6 address alone? GitHub's machines have no IPv6: name a host with an IPv4 address, such as the pooler (Supabase). The next run goes on from here."
          : 'Does the server run, and can this machine reach it? Nothing was lost: the next run goes on from here.',
    },
  );

const untrusted = (url: string, cause: Error): TidemillError =>
  new TidemillError('config', 'postgres-tls', `The way to ${url} cannot be trusted: ${cause.message}`, {
    hint: 'Name the certificate of its authority (?sslrootcert=FILE), or say what may go without: sslmode=verify-ca does not look at the name, require at nothing, and disable sends plain text.',
    cause,
  });

const notSignedIn = (url: string, cause: Error): TidemillError =>
  new TidemillError('auth', 'postgres-auth', `${url} asks for a password, and was given none that it can use`, {
    hint: 'Set TIDEMILL_POSTGRES_PASSWORD, as a secret of the GitHub environment or in this shell.',
    cause,
  });

/** A query somebody typed: what is wrong with it is theirs to correct. */
export function asQueryError(thrown: unknown, url: string): TidemillError {
  const error = asPostgresError(thrown, url);
  const isTheirs =
    error.kind === 'bug' || ['postgres-rights', 'postgres-read-only', 'postgres-cancelled'].includes(error.code);
  if (!isTheirs) return error;
  return new TidemillError('config', 'query-refused', error.message, {
    hint: 'Correct the query; it must be one statement that only reads, in five minutes at most.',
  });
}
