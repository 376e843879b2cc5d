/** Signing in, and what goes wrong: who must act, and that no error tells what a row or a key holds. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { ADA, BOB, load, people } from '../../../test/contracts/warehouse-samples.ts';
import { given } from '../../../test/fakes/spanner-given.ts';
import { Refused, wait } from '../../../test/fakes/spanner-refused.ts';
import { accessFrom, signedIn } from './access.ts';
import { parseLocation } from './location.ts';

describe('signing in', () => {
  it('asks for another token when the one it has is taken back, once', async () => {
    const { fake, open } = await given();
    const place = parseLocation('spanner://my-project/my-instance/my-database');
    let tokens = 0;
    const access = signedIn(fake.url, place, () => {
      const token = `t${++tokens}`;
      return { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token}` }) };
    });
    const warehouse = open({ access, limits: { retries: 0 } });
    fake.tokens.add('t2');
    await warehouse.check();
    expect(tokens).toBe(2);
    fake.tokens.clear();
    fake.tokens.add('another');
    const refused = {
      kind: 'auth',
      code: 'spanner-credentials',
      hint: expect.stringContaining('SPANNER_SERVICE_ACCOUNT_KEY'),
    };
    await expect(warehouse.check()).rejects.toMatchObject(refused);
  });

  it.each([
    ['{"type":"hunter2"}', 'spanner-key'],
    ['{\n"client_email": "hunter2"\n}', 'spanner-key-lines'],
  ])('shows no key that is none: %j', (key, code) => {
    const place = parseLocation('spanner://my-project/my-instance/my-database');
    const opening = () => accessFrom({ SPANNER_SERVICE_ACCOUNT_KEY: key }, place);
    expect(opening).toThrow(expect.objectContaining({ kind: 'config', code }));
    try {
      opening();
    } catch (error) {
      expect(inspect(error, { depth: null })).not.toContain('hunter2');
    }
  });

  it.each([
    ['localhost:9010', 'http://localhost:9020'],
    ['127.0.0.1:9020', 'http://127.0.0.1:9020'],
    ['https://spanner.example.org/', 'https://spanner.example.org'],
  ])('is not needed at an emulator: %s', (host, endpoint) => {
    const place = parseLocation('spanner://my-project/my-instance/my-database');
    expect(accessFrom({ SPANNER_EMULATOR_HOST: host }, place).endpoint).toBe(endpoint);
  });
});

describe('what goes wrong', () => {
  it.each<[Refused, string]>([
    [
      new Refused('PERMISSION_DENIED', 'Caller is missing IAM permission spanner.sessions.create'),
      'auth spanner-forbidden',
    ],
    [
      new Refused('PERMISSION_DENIED', 'Cloud Spanner API has not been used in project 1 before'),
      'config spanner-disabled',
    ],
    [new Refused('NOT_FOUND', 'Database not found: projects/x'), 'config spanner-database-missing'],
    [new Refused('NOT_FOUND', 'Instance not found: projects/x'), 'config spanner-database-missing'],
    [new Refused('RESOURCE_EXHAUSTED', 'slow down', [wait(3_600)]), 'quota spanner-rate'],
    [new Refused('UNAVAILABLE', 'no'), 'transient spanner-unavailable'],
    [new Refused('INTERNAL', 'no'), 'transient spanner-unavailable'],
    [new Refused('FAILED_PRECONDITION', 'my secret'), 'bug spanner-refused'],
  ])('is said with who must act: %s', async (refused, expected) => {
    const { fake, warehouse } = await given({ limits: { retries: 1 } });
    fake.interfere(() => refused.reply);
    const error = await warehouse.check().catch((thrown) => thrown);
    assert(error instanceof TidemillError);
    expect(`${error.kind} ${error.code}`).toBe(expected);
    expect(inspect(error, { depth: null })).not.toContain('my secret');
  });

  it('is what a query asks for that Spanner does not have', async () => {
    const { fake, warehouse } = await given();
    const refused = new Refused('UNIMPLEMENTED', 'A struct value cannot be returned as a column value.');
    fake.interfere(({ path }) => (path.endsWith(':executeStreamingSql') ? refused.reply : undefined));
    const error = { kind: 'config', code: 'query-refused', message: expect.stringContaining('A struct value') };
    await expect(warehouse.query('SELECT STRUCT(1 AS a)')).rejects.toMatchObject(error);
  });

  it('is no row to be seen when a commit is refused', async () => {
    const one = await given();
    await one.warehouse.check();
    const refused = new Refused('FAILED_PRECONDITION', 'Invalid value for column name: my secret');
    one.fake.interfere(({ path }) => (path.endsWith(':commit') ? refused.reply : undefined));
    const error = await one.warehouse.apply(load('p1', people, [ADA, BOB])).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'bug', code: 'spanner-refused' });
    expect(inspect(error, { depth: null })).not.toContain('my secret');
  });

  it.each([
    '[{"metadata": {"rowType": {"fields": [',
    '<html>',
    '[]',
    '[{"values": ["1"]}]',
    '{"code": 7}',
    '[{"metadata":{"rowType":{"fields":[{"name":"a","type":{"code":"INT64"}},{"name":"b","type":{"code":"INT64"}}]}},"values":["1"]}]',
  ])('is no answer that is believed: %s', async (body) => {
    const { fake, warehouse } = await given({ limits: { retries: 1 } });
    fake.interfere(({ path }) => (path.endsWith(':executeStreamingSql') ? { body } : undefined));
    await expect(warehouse.lastPackage('x')).rejects.toMatchObject({ kind: 'transient' });
  });

  it('in the middle of a stream is told; what it says of a row is not', async () => {
    const { fake, warehouse } = await given({ limits: { retries: 0 } });
    const first = '{"metadata":{"rowType":{"fields":[{"name":"a","type":{"code":"INT64"}}]}},"values":["1"]}';
    const body = `[${first},{"error":{"code":400,"status":"OUT_OF_RANGE","message":"division by zero: my secret"}}]`;
    fake.interfere(({ path }) => (path.endsWith(':executeStreamingSql') ? { body } : undefined));
    const error = await warehouse.query('SELECT 1 / 0').catch((thrown) => thrown);
    expect(error).toMatchObject({
      kind: 'config',
      code: 'query-refused',
      message: expect.stringContaining('OUT_OF_RANGE'),
    });
    expect(inspect(error, { depth: null })).not.toContain('my secret');
  });
});

it.each([
  'spanner://p/i',
  'spanner://my-project/my-instance/D',
  'spanner://my-project/my-instance/my-database?x=1',
  'spanner://my-project/my-instance/d',
])('is no location: %s', (location) => {
  expect(() => parseLocation(location)).toThrow(expect.objectContaining({ kind: 'config', code: 'spanner-location' }));
});
