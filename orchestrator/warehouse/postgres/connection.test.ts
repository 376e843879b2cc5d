import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from './connection.ts';

const tlsOf = (parameters: string, host = 'db.example.org') =>
  addressOf(`postgres://me@${host}/silver${parameters}`, undefined).tls;

describe('the URL of a PostgreSQL warehouse', () => {
  it('says where it is and who asks, and its name for people has no credentials', () => {
    expect(addressOf('postgresql://me:p%40ss%2F@db.example.org:6432/my%20silver?sslmode=require', 'other')).toEqual({
      url: 'postgres://db.example.org:6432/my silver',
      host: 'db.example.org',
      port: 6432,
      database: 'my silver',
      user: 'me',
      password: 'p@ss/',
      tls: { verify: 'nothing' },
    });
  });

  it('may leave out the port, and the password when a variable has it', () => {
    const { host, port, password } = addressOf('postgres://me@[::1]/silver', 'from a variable');
    expect([host, port, password]).toEqual(['::1', 5432, 'from a variable']);
    expect(addressOf('postgres://me@localhost/silver', undefined).password).toBeUndefined();
  });

  it('takes any password there is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        const { password: read } = addressOf(`postgres://me:${encodeURIComponent(password)}@host/silver`, undefined);
        expect(read).toBe(password);
      }),
    );
  });

  it.each([
    'postgres://me:secret@/silver',
    'postgres://:secret@host/silver',
    'postgres://me:secret@host',
    'postgres://me:secret@host/a/b',
    'postgres://me:secret%@host/silver',
    'postgres://me:secret@host:port/silver',
    'postgres://me:secret@host/silver?options=-c%20x=1',
    'postgres://me:secret@host/silver?password=secret',
    'postgres://me:secret@host/silver?sslmode=require&password=secret&pgbouncer=true',
    'postgres://me:secret@host/silver?sslmode=prefer',
    'postgres://me:secret@host/silver?channel_binding=odd',
    'postgres://me:secret@localhost/silver?channel_binding=require',
    'postgres://me:secret@one:5432,two:5432/silver',
    'postgres://me:secret@one,two/silver',
    'postgres://me:secret@%2Fvar%2Frun%2Fpostgresql/silver',
    'postgres://me:secret@/silver?host=/var/run/postgresql',
    'postgres://me:secret@host/silver?sslmode=disable&sslrootcert=ca.crt',
  ])('is refused without a word of what it holds: %s', (location) => {
    let thrown: unknown;
    try {
      addressOf(location, 'secret');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'config', hint: expect.anything() });
    expect(inspect(thrown, { depth: null }).replace(/at .*/g, '')).not.toContain('secret');
  });
});

/** As the vendors' consoles print them; the hosts and names are made up. */
describe('the URL of a vendor', () => {
  it.each([
    [
      'postgresql://owner:npg_x@ep-a-1-pooler.us-east-2.aws.neon.tech/neondb?sslmode=require&channel_binding=require',
      'authority and name',
    ],
    ['postgresql://postgres.abcdefgh:x@aws-0-eu-central-1.pooler.supabase.com:6543/postgres', 'authority and name'],
    ['postgres://avnadmin:x@pg-1.aivencloud.com:12345/defaultdb?sslmode=require', 'nothing'],
    ['postgresql://doadmin:x@db-1.ondigitalocean.com:25060/defaultdb?sslmode=require', 'nothing'],
  ])('is read as it is: %s', (location, verify) => {
    expect(addressOf(location, undefined).tls.verify).toBe(verify);
  });

  it.each([
    ['?pgbouncer=true&connection_limit=1', '"pgbouncer", "connection_limit"', '/DATABASE:'],
    ['?sslmode=require&supa=base-pooler.x', '"supa"', '/DATABASE?sslmode=require:'],
    ['?sslmode=require&options=endpoint%3Dep-a-1', '"options"', '/DATABASE?sslmode=require:'],
    ['?sslmode=verify-full&target_session_attrs=read-write', '"target_session_attrs"', '?sslmode=verify-full:'],
  ])('is refused with all that is to be taken out, and with what stays: %s', (parameters, names, rest) => {
    expect(() => tlsOf(parameters)).toThrow(
      expect.objectContaining({
        code: 'postgres-url',
        message: expect.stringContaining(names),
        hint: expect.stringContaining(rest),
      }),
    );
  });
});

describe('the way to the server', () => {
  it.each([
    ['', 'authority and name'],
    ['?sslmode=verify-full', 'authority and name'],
    ['?sslmode=verify-ca', 'authority'],
    ['?sslmode=require', 'nothing'],
    ['?sslmode=disable', 'off'],
  ])('of %j is protected by: %s', (parameters, verify) => {
    expect(tlsOf(parameters)).toEqual({ verify });
  });

  it.each([
    ['?sslrootcert=ca.crt', { verify: 'authority and name', authorities: 'ca.crt' }],
    ['?sslmode=require&sslrootcert=ca.crt', { verify: 'authority', authorities: 'ca.crt' }],
    ['?sslmode=verify-full&sslrootcert=system', { verify: 'authority and name' }],
    ['?sslmode=require&channel_binding=prefer', { verify: 'nothing' }],
    ['?sslmode=require&channel_binding=require', { verify: 'authority and name' }],
    ['?channel_binding=require&sslrootcert=ca.crt', { verify: 'authority and name', authorities: 'ca.crt' }],
  ])('of %j asks those authorities', (parameters, tls) => {
    expect(tlsOf(parameters)).toEqual(tls);
  });

  it('may be plain text without a word on this machine alone', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '[::1]']) expect(tlsOf('', host).verify).toBe('off');
    for (const host of ['localhost.example.org', '127.evil.org', '10.0.0.1', '[::2]', '0.0.0.0']) {
      expect(tlsOf('', host).verify, host).toBe('authority and name');
    }
  });

  it.each(['prefer', 'allow', 'no-verify', 'VERIFY-FULL', ''])('is not left to chance: sslmode=%s', (mode) => {
    for (const host of ['localhost', 'db.example.org']) {
      expect(() => tlsOf(`?sslmode=${mode}`, host)).toThrow(expect.objectContaining({ code: 'postgres-sslmode' }));
    }
  });
});
