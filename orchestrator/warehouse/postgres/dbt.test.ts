import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf } from './connection.ts';
import { dbtTarget } from './dbt.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-dbt-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const targetOf = (location: string, password?: string) => dbtTarget(addressOf(location, password), folder);

describe('dbtTarget', () => {
  it('names the place as the URL does, and the password only beside the profile', async () => {
    const { profile, env, keeps, silver, finish } = await targetOf('postgres://me:s%40cret@localhost:5433/house');
    const [[variable, value] = []] = Object.entries(env);
    expect(profile).toEqual({
      type: 'postgres',
      schema: 'gold',
      host: 'localhost',
      port: 5433,
      user: 'me',
      password: `{{ env_var('${variable}') }}`,
      dbname: 'house',
      threads: 4,
      sslmode: 'disable',
    });
    // Only such values dbt strikes out of its log.
    expect([variable, value]).toEqual([expect.stringMatching(/^DBT_ENV_SECRET_/), 's@cret']);
    expect({ keeps, silver, finish }).toEqual({ keeps: 'models', silver: undefined, finish: undefined });
  });

  it.each([
    ['postgres://me@db.example/house?sslmode=disable', { sslmode: 'disable' }],
    ['postgres://me@db.example/house?sslmode=require', { sslmode: 'require' }],
    [
      'postgres://me@db.example/house?sslmode=verify-ca&sslrootcert=ca.pem',
      { sslmode: 'verify-ca', sslrootcert: resolve('ca.pem') },
    ],
    ['postgres://me@db.example/house?sslrootcert=/etc/ca.pem', { sslmode: 'verify-full', sslrootcert: '/etc/ca.pem' }],
  ])('protects the way as this process does: %s', async (location, tls) => {
    const { profile } = await targetOf(location, 'secret');
    expect({ sslmode: profile['sslmode'], sslrootcert: profile['sslrootcert'] }).toEqual({
      sslrootcert: undefined,
      ...tls,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('hands over the authorities of this process where the URL names none', async () => {
    const { profile } = await targetOf('postgres://me@db.example/house', 'secret');
    expect(profile['sslmode']).toBe('verify-full');
    const text = await readFile(String(profile['sslrootcert']), 'utf8');
    const [first = ''] = text.match(/-----BEGIN.+?-----END CERTIFICATE-----/gs) ?? [];
    expect(new X509Certificate(first).ca).toBe(true);
  });
});
