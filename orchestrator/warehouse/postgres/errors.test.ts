import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { asConnectError, asPostgresError, asQueryError } from './errors.ts';

const URL = 'postgres://db/silver';

/** As a server sends it: a row stands in the message, the detail, and the context of a COPY. */
function fromServer(code: string, message = 'invalid input: "my secret"'): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  return Object.assign(error, {
    code,
    detail: 'Failing row contains (my secret).',
    where: 'COPY staged, line 1: "my secret"',
  });
}

const fromSocket = (code: string): Error => Object.assign(new Error(`failed: ${code}`), { code });

/** SQLSTATE → who must act. */
const states = {
  '28P01': 'auth postgres-auth',
  '28000': 'auth postgres-auth',
  '3D000': 'config postgres-database',
  '42501': 'config postgres-rights',
  '25006': 'config postgres-read-only',
  '2BP01': 'config postgres-depended-on',
  '53100': 'config disk-full',
  '53200': 'transient warehouse-io',
  '53300': 'transient postgres-not-now',
  '57P03': 'transient postgres-not-now',
  '40001': 'transient postgres-conflict',
  '40P01': 'transient postgres-conflict',
  '55P03': 'transient warehouse-busy',
  '57014': 'transient postgres-cancelled',
  '57P01': 'transient warehouse-lost',
  '57P02': 'transient warehouse-lost',
  '08006': 'transient warehouse-lost',
  '25P03': 'transient warehouse-lost',
  '58030': 'transient warehouse-io',
  '22P02': 'bug warehouse-value',
  '22003': 'bug warehouse-value',
  '23505': 'bug warehouse-value',
  '23514': 'bug warehouse-value',
  '54000': 'bug warehouse-value',
  '42601': 'bug warehouse-statement',
  XX000: 'bug warehouse-failed',
} as const;

describe('errors of PostgreSQL', () => {
  it.each(Object.entries(states))('of SQLSTATE %s say who must act: %s', (code, who) => {
    const error = asPostgresError(fromServer(code, code === '42601' ? 'syntax error at or near "x"' : undefined), URL);
    expect(`${error.kind} ${error.code}`).toBe(who);
    expect(inspect(error, { depth: null })).not.toContain('my secret');
    expect(inspect(asQueryError(fromServer('22P02'), URL), { depth: null })).not.toContain('my secret');
  });

  it.each([
    [fromServer('08P01', 'SASL authentication failed'), 'auth postgres-auth'],
    [fromServer('08P01', 'no such database: silver'), 'config postgres-database'],
    [fromServer('08P01', 'no more connections allowed (max_client_conn)'), 'transient postgres-not-now'],
    [fromServer('08P01', 'SSL required'), 'auth postgres-auth'],
    // https://github.com/supabase/cli/issues/4277, and as its pooler says it since
    [fromServer('XX000', 'Tenant or user not found'), 'auth postgres-auth'],
    [fromServer('XX000', '(ENOTFOUND) tenant/user postgres.abc not found'), 'auth postgres-auth'],
    [
      fromServer('XX000', 'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited'),
      'transient postgres-not-now',
    ],
    [fromServer('XX000', '(EMAXCONN) max client connections reached, limit: 200'), 'transient postgres-not-now'],
    [
      fromServer('08P01', 'server login has been failing, try again later (server_login_retry)'),
      'transient warehouse-lost',
    ],
    [fromSocket('ECONNREFUSED'), 'transient warehouse-lost'],
    [fromSocket('ECONNRESET'), 'transient warehouse-lost'],
    [fromSocket('ENETUNREACH'), 'transient warehouse-lost'],
    [fromSocket('EAI_AGAIN'), 'transient warehouse-lost'],
    [fromSocket('ENOTFOUND'), 'config postgres-host'],
    [fromSocket('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'config postgres-tls'],
    [fromSocket('DEPTH_ZERO_SELF_SIGNED_CERT'), 'config postgres-tls'],
    [fromSocket('CERT_HAS_EXPIRED'), 'config postgres-tls'],
    [fromSocket('ERR_TLS_CERT_ALTNAME_INVALID'), 'config postgres-tls'],
    [new Error('The server does not support SSL connections'), 'config postgres-tls'],
    [new Error('Connection terminated unexpectedly'), 'transient warehouse-lost'],
    [new Error('timeout expired'), 'transient warehouse-lost'],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string'), 'auth postgres-auth'],
    [new TypeError('my secret is not a function'), 'bug warehouse-failed'],
  ])('of the way there, too: %s', (thrown, who) => {
    const error = asPostgresError(thrown, URL);
    expect(`${error.kind} ${error.code}`).toBe(who);
    expect(inspect(error, { depth: null })).not.toContain('my secret');
  });

  it('may be told in the server’s words while nobody has sent a row', () => {
    // https://github.com/PostHog/posthog/pull/64064
    const plan = 'Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.';
    for (const [code, message] of [
      ['XX000', plan],
      ['08P01', 'unsupported startup parameter: x'],
    ] as const) {
      const error = asConnectError(fromServer(code, message), URL);
      expect([error.kind, error.code]).toEqual(['transient', 'postgres-refused']);
      expect(error.message).toBe(`${URL} lets nobody in: ${message} (SQLSTATE ${code})`);
    }
    expect(asConnectError(fromServer('28P01'), URL).code).toBe('postgres-auth');
    expect(asConnectError(fromSocket('ECONNREFUSED'), URL).code).toBe('warehouse-lost');
  });

  it('say what to do where there is no way to an address of IPv6', () => {
    expect(asPostgresError(fromSocket('ENETUNREACH'), URL).hint).toContain('IPv4');
    expect(asPostgresError(fromSocket('ECONNREFUSED'), URL).hint).not.toContain('IPv4');
  });

  it('are left alone when they say already who must act', () => {
    const error = new TidemillError('source-changed', 'x', 'y');
    expect(asPostgresError(error, URL)).toBe(error);
  });

  it('are the fault of whoever typed the query, unless the server is to blame', () => {
    for (const code of ['42601', '22P02', '25006', '42501', '57014']) {
      expect(asQueryError(fromServer(code), URL), code).toMatchObject({ kind: 'config', code: 'query-refused' });
    }
    expect(asQueryError(fromServer('53300'), URL).code).toBe('postgres-not-now');
  });
});
