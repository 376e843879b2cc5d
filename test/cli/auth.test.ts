/** `tidemill auth` from the command line to the credentials, against services that are strict. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Outcome } from './project.ts';
import { activities, CLIENT, leaked, type Position, place, refreshTokenIn, signIn } from './sign-in.ts';

describe('tidemill auth SERVICE', () => {
  it('asks for what the enabled jobs of the environment need, says who signed in, and shows the new token', async () => {
    const here = await place();
    const outcome = await signIn(here);
    expect(outcome).toMatchObject({ exit: 0 });
    const address = new URL(/http\S+authorize\S+/.exec(outcome.stderr)?.[0] ?? '');
    expect(address.searchParams.get('scope')).toBe('read,activity');
    expect(here.pages).toEqual(['200 Signed in to signed. You can close this window and go back to the terminal.\n']);
    expect(outcome.stdout).toContain('Signed in to signed as Ada Example.');
    expect(outcome.stdout).toContain(`Still missing: ${STATE_KEY}`);
    // The one value that somebody must copy.
    expect(leaked(here, outcome)).toEqual([refreshTokenIn(outcome.stdout)]);
  });

  it('ends with what a run needs', async () => {
    const here = await place({ api: activities });
    const { stdout } = await signIn(here);
    const env = { ...CLIENT, SIGNED_REFRESH_TOKEN: refreshTokenIn(stdout), [STATE_KEY]: 'x'.repeat(32) };
    for (const _ of [1, 2]) {
      const run = await here.run(['run', 'activities', '--environment', 'dev', '--json'], { env });
      expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: 1 } }]);
    }
    expect(here.source.authority.refreshes).toBe(1);
  });

  it('listens where the service was told to send the browser', async () => {
    const port = await freePort();
    const redirectUri = `http://127.0.0.1:${port}/back`;
    const here = await place({ redirectUris: [redirectUri] });
    expect(await signIn(here, { env: { SIGNED_REDIRECT_URI: redirectUri } })).toMatchObject({ exit: 0 });
  });

  it('takes a free port where the address that the service knows names none', async () => {
    const redirectUri = 'http://127.0.0.1/back';
    const here = await place({ redirectUris: [redirectUri] });
    expect(await signIn(here, { env: { SIGNED_REDIRECT_URI: redirectUri } })).toMatchObject({ exit: 0 });
  });

  it('says so when that port is taken, or is on another machine', async () => {
    const here = await place();
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const busy = await signIn(here, { env: { SIGNED_REDIRECT_URI: `http://127.0.0.1:${port}/callback` } });
    expect([busy.exit, busy.stderr]).toEqual([2, expect.stringContaining('(sign-in-port')]);
    const far = await signIn(here, { env: { SIGNED_REDIRECT_URI: 'https://example.org/callback' } });
    expect([far.exit, far.stderr]).toEqual([2, expect.stringContaining('(sign-in-redirect')]);
  });

  it('does not believe answers to somebody else’s sign-in', async () => {
    const here = await place();
    const seen: number[] = [];
    const forge = async (address: URL): Promise<void> => {
      const back = address.searchParams.get('redirect_uri') ?? '';
      const state = address.searchParams.get('state') ?? '';
      for (const query of [
        '',
        '?code=theirs',
        '?code=theirs&state=wrong',
        `?state=${state}&state=${state}&code=theirs`,
      ])
        seen.push((await fetch(`${back}${query}`)).status);
      seen.push((await fetch(new URL('/favicon.ico', back))).status);
      seen.push((await fetch(`${back}?code=theirs&state=${state}`, { method: 'POST' })).status);
    };
    expect(await signIn(here, { before: forge })).toMatchObject({ exit: 0 });
    expect(seen).toEqual([400, 400, 400, 400, 404, 404]);
    expect(here.source.requests.filter(({ body }) => body.includes('theirs'))).toEqual([]);
  });

  it('ends when the person says no, and changes nothing', async () => {
    const here = await place();
    const outcome = await signIn(here, { answer: { deny: true } });
    expect([outcome.exit, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain('it answered access_denied');
    expect(here.pages).toEqual([
      '400 Not signed in: signed did not sign in: it answered access_denied.\nNothing was changed. Start again, and agree to what is asked.\n',
    ]);
  });

  it('shows no page before the code was exchanged, and then how that ended and who acts', async () => {
    const here = await place();
    here.source.onToken(() => expect(here.pages).toEqual([]));
    here.source.disturb({ status: 400, json: { error: 'invalid_client' } });
    const outcome = await signIn(here);
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(oauth-client')]);
    expect(here.pages).toEqual([
      expect.stringMatching(/^400 Not signed in: .*the client is not accepted\.\nCompare the client id/),
    ]);
    expect(leaked(here, { ...outcome, stdout: here.pages.join() })).toEqual([]);
  });

  it('ends as well when the window is closed before it could say how', async () => {
    const here = await place();
    const closed = new AbortController();
    here.source.onToken(() => closed.abort());
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], {
      env: CLIENT,
      person: {
        browse: (address) => {
          const back = here.source.authority.authorize(new URL(address));
          fetch(back, { signal: closed.signal }).catch(() => undefined);
        },
      },
    });
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('Signed in to signed as Ada')]);
  });

  it('says which boxes must stay ticked', async () => {
    const here = await place();
    const outcome = await signIn(here, { args: ['--save-to', 'x.env'], answer: { scopes: ['read'] } });
    expect([outcome.exit, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain('signed was not allowed to: activity');
    expect(() => here.read('x.env')).toThrow('ENOENT');
  });

  it('says so too when something else was granted that nobody asked for', async () => {
    const here = await place();
    const scope = 'read,activity:all';
    here.source.disturb({ json: { access_token: 'access-of-less', refresh_token: 'refresh-of-less', scope } });
    const outcome = await signIn(here);
    expect([outcome.exit, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain('signed was not allowed to: activity\n');
  });

  it('hands on the new token also when the service then says nothing about who it is', async () => {
    const here = await place({ accessTokenSeconds: -1 });
    const outcome = await signIn(here);
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(http-unauthorized')]);
    expect(outcome.stdout).toContain('signed gave new credentials; whether they work is not known.');
    expect(here.pages).toEqual([expect.stringContaining('whether they work is not known')]);
    expect(leaked(here, outcome)).toEqual([refreshTokenIn(outcome.stdout)]);
  });

  it('says so when the service gives no refresh token', async () => {
    const here = await place();
    here.source.disturb({ json: { access_token: 'access-without-refresh', token_type: 'Bearer' } });
    const outcome = await signIn(here);
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-no-refresh')]);
  });

  it('refuses before anybody has to do anything: without a client, a job, a service', async () => {
    const here = await place();
    const without = await here.run(['auth', 'signed', '--environment', 'dev'], { person: {} });
    expect([without.exit, without.stderr]).toEqual([3, expect.stringContaining('SIGNED_ID, SIGNED_SECRET')]);
    const local = await here.run(['auth', 'tokened', '--environment', 'dev'], { env: CLIENT, person: {} });
    expect([local.exit, local.stderr]).toEqual([2, expect.stringContaining('(sign-in-jobs')]);
    const near = await here.run(['auth', 'singed'], { env: CLIENT, person: {} });
    expect([near.exit, near.stderr]).toEqual([2, expect.stringContaining('Did you mean "signed"?')]);
    expect(here.source.requests).toEqual([]);
  });

  it('stops when it is interrupted', async () => {
    const here = await place();
    const interrupted = new AbortController();
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], {
      env: CLIENT,
      interrupted: interrupted.signal,
      person: { browse: () => interrupted.abort(new Error('stopped by SIGINT')) },
    });
    expect([outcome.exit, outcome.stdout]).toEqual([130, '']);
    expect(outcome.stderr).toMatch(/Stopped\.\n$/);
  });

  it('waits ten minutes and no longer', async () => {
    const here = await place();
    const slept: number[] = [];
    const clock = {
      now: () => new Date('2026-11-21T06:30:00Z'),
      sleep: async (milliseconds: number) => void slept.push(milliseconds),
    };
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], { env: CLIENT, clock, person: {} });
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-late')]);
    expect(slept).toEqual([600_000]);
  });
});

describe('--paste', () => {
  /** The person carries the address to another machine and types what that machine's browser shows. */
  async function paste(here: Position, typed: (returned: URL) => string): Promise<Outcome> {
    const args = ['auth', 'signed', '--environment', 'dev', '--paste'];
    return here.run(args, {
      env: CLIENT,
      person: {
        type: (said) => {
          const address = new URL(/http\S+authorize\S+/.exec(said)?.[0] ?? '');
          return typed(here.source.authority.authorize(address));
        },
      },
    });
  }

  it('takes the address that the browser was sent to', async () => {
    const here = await place();
    const outcome = await paste(here, (returned) => ` ${returned.href} `);
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('Ada Example')]);
  });

  it('takes the code alone where it is bound to this process', async () => {
    const here = await place();
    expect(await paste(here, (returned) => returned.searchParams.get('code') ?? '')).toMatchObject({ exit: 0 });
  });

  it('refuses an address of another try, and what is none', async () => {
    const here = await place();
    for (const wrong of ['http://127.0.0.1:8765/callback?code=theirs&state=theirs', 'what?', '']) {
      const outcome = await paste(here, () => wrong);
      expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-pasted')]);
    }
    expect(here.source.requests).toEqual([]);
  });

  it('needs a person', async () => {
    const here = await place();
    const args = ['auth', 'signed', '--environment', 'dev', '--paste', '--save-to', 'x.env'];
    const outcome = await here.run(args, { env: CLIENT });
    expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('(sign-in-terminal')]);
  });
});

describe('tidemill auth', () => {
  it('lists what is set, what is missing and how old the tokens are, and never a value', async () => {
    const here = await place({ api: activities });
    const { stdout } = await signIn(here);
    const env = { ...CLIENT, SIGNED_REFRESH_TOKEN: refreshTokenIn(stdout), [STATE_KEY]: 'x'.repeat(32) };
    const list = async (given: Record<string, string>) =>
      (await here.run(['auth', '--environment', 'dev', '--json'], { env: given })).json().services;
    expect(await list(CLIENT)).toEqual([
      { service: 'signed', jobs: 1, set: ['SIGNED_ID', 'SIGNED_SECRET'], missing: ['SIGNED_REFRESH_TOKEN', STATE_KEY] },
    ]);
    await here.run(['run', 'activities', '--environment', 'dev'], { env });
    expect(await list(env)).toMatchObject([{ missing: [], tokens: '2026-11-21T06:30:00.000Z' }]);
    const shown = await here.run(['auth', '--environment', 'dev'], { env });
    expect(shown.stdout).toMatch(/^signed {2,}1 {2,}SIGNED_ID, .* 2026-11-21 06:30/m);
    expect(leaked(here, shown)).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
