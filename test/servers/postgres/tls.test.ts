/** The ways to a server: the first one has a certificate for `localhost` from an authority of its own, the second has none. */
import assert from 'node:assert/strict';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authority, freshDatabase, opened, servers } from './servers.ts';

const [withTls, without] = servers;

describe.runIf(withTls !== undefined && without !== undefined)('the way to PostgreSQL', () => {
  async function at(server: 'with TLS' | 'without', host: string, parameters: string): Promise<string> {
    const chosen = server === 'without' ? without : withTls;
    assert(chosen !== undefined);
    const database = await freshDatabase(chosen);
    onTestFinished(() => database[Symbol.asyncDispose]());
    const url = new URL(database.location);
    url.hostname = host;
    return `${url.href}${parameters}`;
  }

  it.each([
    ['localhost', '?sslmode=verify-full&sslrootcert=CA'],
    ['localhost', '?sslrootcert=CA'],
    ['127.0.0.1', '?sslmode=verify-ca&sslrootcert=CA'],
    ['127.0.0.1', '?sslmode=require&sslrootcert=CA'],
    ['127.0.0.1', '?sslmode=require'],
    ['localhost', '?sslmode=require&channel_binding=require&sslrootcert=CA'],
  ] as const)('is encrypted to %s with %s', async (host, parameters) => {
    const warehouse = opened(await at('with TLS', host, parameters.replace('CA', authority)));
    const { rows } = await warehouse.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(rows).toEqual([['true']]);
  });

  it.each([
    ['an authority that nobody knows', 'with TLS', 'localhost', '?sslmode=verify-full'],
    ['an authority that nobody knows, whatever the name', 'with TLS', '127.0.0.1', '?sslmode=verify-ca'],
    ['a certificate of another name', 'with TLS', '127.0.0.1', '?sslmode=verify-full&sslrootcert=CA'],
    [
      'an authority that nobody knows, where nobody may stand between',
      'with TLS',
      'localhost',
      '?sslmode=require&channel_binding=require',
    ],
    ['a file that is not there', 'with TLS', 'localhost', '?sslmode=verify-full&sslrootcert=/nowhere/ca.crt'],
    ['a server without TLS', 'without', 'localhost', '?sslmode=require'],
  ] as const)('is refused for %s', async (_, server, host, parameters) => {
    const warehouse = opened(await at(server, host, parameters.replace('CA', authority)));
    await expect(warehouse.check()).rejects.toMatchObject({
      kind: 'config',
      code: 'postgres-tls',
      hint: expect.anything(),
    });
  });

  it.each(['', '?sslmode=disable'])(
    'is plain text on this machine, and where it is asked for: %j',
    async (parameters) => {
      const warehouse = opened(await at('with TLS', 'localhost', parameters));
      const { rows } = await warehouse.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(rows).toEqual([['false']]);
    },
  );
});
