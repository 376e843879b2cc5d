import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../orchestrator/server/settings.ts';

const TOKEN = 'a-token-of-this-test-1234';
const env = { TIDEMILL_SERVE_TOKEN: TOKEN };

describe('settings', () => {
  const code = (more: Record<string, string>, options: object): unknown => {
    try {
      return settingsOf({ env: more }, options);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each(['0.0.0.0', '::', '192.168.0.7', 'tidemill.example', '127.0.0.1.evil.example'])(
    'bind %s only with a token',
    (host) => {
      expect(code({}, { host })).toBe('serve-token');
      expect(code({ TIDEMILL_SERVE_TOKEN: 'short' }, { host })).toBe('serve-token');
      expect(code(env, { host })).toMatchObject({ host, token: TOKEN });
    },
  );

  it.each(['a token of several words', 'ein-Schlüssel-mit-Umlaut', 'a-token-with-a-\u0007-bell'])(
    'refuse the token %j, which nobody could send',
    (token) => {
      expect(code({ TIDEMILL_SERVE_TOKEN: token }, {})).toBe('serve-token');
    },
  );

  it.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('bind %s without one', (host) => {
    expect(code({}, { host })).toMatchObject({ host, token: undefined });
  });

  it('come from the options, then from the environment', () => {
    expect(code({}, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      workers: 10,
      pollMs: 30_000,
      schedule: false,
      polling: true,
    });
    expect(code({ PORT: '9000' }, {})).toMatchObject({ port: 9000 });
    expect(code({ PORT: '9000' }, { port: '9001', schedule: true })).toMatchObject({ port: 9001, schedule: true });
    const background = {
      BACKGROUND_MAX_WORKERS: '4',
      BACKGROUND_POLL_INTERVAL: '5',
      BACKGROUND_POLLING_ENABLED: 'false',
      BACKGROUND_DOWNLOAD_TIMEOUT: '90',
    };
    expect(code(background, {})).toMatchObject({ workers: 4, pollMs: 5_000, polling: false, downloadMinutes: 1.5 });
  });

  it.each([
    [{ PORT: 'http' }, 'port-invalid'],
    [{ PORT: '65536' }, 'port-invalid'],
    [{ BACKGROUND_MAX_WORKERS: '0' }, 'background-invalid'],
    [{ BACKGROUND_MAX_WORKERS: 'many' }, 'background-invalid'],
    [{ BACKGROUND_POLL_INTERVAL: '1.5' }, 'background-invalid'],
    [{ BACKGROUND_POLLING_ENABLED: 'maybe' }, 'background-invalid'],
  ])('refuse %o', (more, wanted) => {
    expect(code(more as Record<string, string>, {})).toBe(wanted);
  });
});
