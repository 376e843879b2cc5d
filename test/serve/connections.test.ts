/** What comes before any route, and what one connection may do. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { raw, statusIn } from './raw.ts';
import { served } from './served.ts';

const env = { TIDEMILL_SERVE_TOKEN: 'a-token-of-this-test-1234' };

describe('what no route is ever asked for', () => {
  const end = 'Connection: close\r\n\r\n';

  it.each([
    ['no host', `GET /health HTTP/1.1\r\n${end}`],
    ['no host, as of old', 'GET /health HTTP/1.0\r\n\r\n'],
    ['a host with a path', `GET /health HTTP/1.1\r\nHost: localhost/x?\r\n${end}`],
    ['a host with a user', `GET /health HTTP/1.1\r\nHost: me@localhost\r\n${end}`],
    ['no path at all', `OPTIONS * HTTP/1.1\r\nHost: localhost\r\n${end}`],
    ['another scheme', `GET ftp://localhost/health HTTP/1.1\r\nHost: localhost\r\n${end}`],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('is refused as any other: %s', async (_, lines) => {
    const answer = await raw(await served({ env }), lines);
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
    expect([statusIn(answer), body]).toEqual([
      400,
      {
        status: 'error',
        message: 'What was sent is no request of HTTP',
        error_code: 'request-unreadable',
        error_category: 'request',
        recovery_suggestion: expect.stringContaining('Correct the request'),
      },
    ]);
  });

  it('is told in few words what thousands of fields are', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1]));
    const { status, body } = await (await served()).post('/api/v1/jobs/shop_orders/pause', fields);
    expect([status, body.message.length]).toEqual([400, expect.any(Number)]);
    expect(body.message.length).toBeLessThan(500);
  });
});

describe('a connection', () => {
  const ask = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('may send some requests before it has awaited the answers', async () => {
    const answers = await raw(
      await served({ env }),
      ask.repeat(9),
      ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(10);
  });

  it('that sends thousands and awaits none is closed', async () => {
    const here = await served({ env });
    const socket = connect(here.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(ask.repeat(5_000));
    socket.resume();
    await closed;
    expect((await here.get('/health')).status).toBe(200);
    expect(here.log.length).toBeLessThan(100);
  });
});
