/** A page that is not as it should be: who must act is told, and where the page stood is shown without anything that it says. */

import type { BrowseOptions } from '@tidemill/kit-browser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BrowsedSite, openBrowsedSite, SESSION } from '../fakes/browsed-site.ts';
import { loginOf } from './browsed.ts';
import { serve, type Visited, visiting } from './visiting.ts';

let site: BrowsedSite;
beforeEach(async () => {
  site = await openBrowsedSite();
});
afterEach(() => site.close());

const SITE: BrowseOptions = { login: 'LOGIN', signInPage: /\/login\b/, dismiss: ['#cookies button'], actionSeconds: 5 };

const readOrders = (options: Partial<BrowseOptions> = {}, login = loginOf()): Promise<Visited> =>
  visiting(
    site.url,
    { ...SITE, ...options },
    async function* (visit) {
      await visit.open('orders?page=2');
      for await (const _ of visit.pages({ content: '#orders', next: '#next', busy: '.spinner', most: 5, seconds: 5 }))
        yield await visit.html('#orders', 'orders');
    },
    { credentials: { LOGIN: login } },
  );

describe('a login', () => {
  it.each([
    ['is no JSON', 'sid=1', 'login-invalid'],
    ['is of another site', loginOf().replace('127.0.0.1', 'elsewhere.example'), 'login-invalid'],
    ['has expired', loginOf().replaceAll('"expires":-1', '"expires":1700000000'), 'login-expired'],
    ['is larger than GitHub takes', loginOf('x'.repeat(50_000)), 'login-invalid'],
  ])('that %s is refused before there is a browser', async (_, login, code) => {
    const { failure } = await visiting(site.url, SITE, () => expect.fail('nothing is read'), {
      credentials: { LOGIN: login },
      env: {},
    });
    expect(failure).toMatchObject({ kind: 'auth', code, hint: expect.stringContaining('npx playwright-core open') });
  });

  it.each(['orders?page=1', 'api/prices'])(
    'that the site does not know any more is one that has expired: %s',
    async (path) => {
      const { failure, artifacts } = await visiting(
        site.url,
        SITE,
        async function* (visit) {
          await visit.open(path);
          yield await visit.html('#orders', 'orders');
        },
        { credentials: { LOGIN: loginOf('session-of-long-ago') } },
      );
      expect(failure).toMatchObject({
        kind: 'auth',
        code: 'login-expired',
        hint: expect.stringContaining('set LOGIN to'),
      });
      expect(artifacts).toEqual([]);
    },
  );
});

describe('a page that has changed', () => {
  it('is shown as it stood: its structure, and nothing that it says', async () => {
    site.data.table = 'missing';
    const { failure } = await readOrders();
    expect(failure).toMatchObject({
      kind: 'source-changed',
      code: 'page-changed',
      message: expect.stringContaining("locator('#orders')"),
    });
    const [html, picture] = failure?.attachments ?? [];
    const text = Buffer.from(html?.bytes ?? []).toString();
    expect([html?.name, picture?.name, picture?.contentType]).toEqual(['page.html', 'page.png', 'image/png']);
    expect(text).toContain('<button type="button" id="next"');
    expect(text).not.toMatch(/Anna|Orders of|Sorry|pixel\.gif\?|fetch\(/);
    expect(`${failure?.message} ${failure?.hint}`).not.toMatch(/Anna|Sorry/);
    expect(picture?.bytes.length).toBeGreaterThan(500);
  });

  it.each([
    [
      'an endless list',
      () => {
        site.data.last = 'never';
      },
      'source-changed',
      'paging-loop',
    ],
    [
      'a banner that does not go',
      () => {
        site.data.banner = 'never leaves';
      },
      'source-changed',
      'page-changed',
    ],
    [
      'answers that do not come',
      () => {
        site.data.answers = 'stalls';
      },
      'transient',
      'page-slow',
    ],
  ] as const)('%s ends with an error', async (_, change, kind, code) => {
    change();
    const { failure } = await readOrders();
    expect([failure?.kind, failure?.code]).toEqual([kind, code]);
  });

  it('never says a secret or a value: not of what the driver quotes, fields, shadows, addresses and the login itself', async () => {
    const values = `<!doctype html><title>Secret-Title</title><style>.a::after{content:"Secret-Style"}</style>
<p class="a card-778899" data-name="Secret-Data" title="Secret-Tip" style="background:url(data:Secret-Inline)">Secret-Text</p>
<input value="Secret-Value" placeholder="Secret-Place"><textarea>Secret-Area</textarea><select><option>Secret-Option</select>
<a href="/people/secret@mail.example/42?token=Secret-Query#Secret-Hash">Secret-Link</a><img alt="Secret-Alt" src="data:image/gif;base64,U2VjcmV0">
<svg><text>Secret-Svg</text></svg><iframe srcdoc="Secret-Frame"></iframe><!-- Secret-Comment --><script>var x = "Secret-Script";</script>
<div id="open"></div><script>document.getElementById('open').attachShadow({ mode: 'open' }).innerHTML = '<b>Secret-Shadow</b>';
setInterval(() => { document.title = 'Secret-Later'; document.body.append('Secret-Later'); }, 1);</script>`;
    await using page = await serve({ '/': values });
    const { failure } = await visiting(page.url, { actionSeconds: 1 }, async function* (visit) {
      await visit.open('');
      yield await visit.html('p, b, a', 'several');
    });
    const told = [
      failure?.message,
      failure?.hint,
      String(failure?.cause),
      ...(failure?.attachments ?? [])
        .filter(({ contentType }) => contentType.startsWith('text/'))
        .map(({ bytes }) => Buffer.from(bytes).toString()),
    ].join('\n');
    expect(told).toContain('class="a card-0"');
    expect(told).toContain('<template shadowrootmode="open"><b>x</b></template>');
    expect(told).toContain('href="/people/x/0"');
    expect(told).not.toMatch(/secret[-@]|778899|U2Vjcm/i);
    expect(failure?.attachments?.map(({ name }) => name)).toEqual(['page.html', 'page.png']);
  });

  it('has the same picture, whatever it says', async () => {
    const said = (word: string, value: string): string =>
      `<p style="color:red!important">${word} <b>${word}</b></p><input value="${value}"><progress value="${value}" max="9"></progress>
<style>.a::after{content:"${word}"}</style><p class="a" title="${word}"></p><img alt="${word}"><svg><text y="20">${word}</text></svg>
<canvas></canvas><script>document.querySelector('canvas').getContext('2d').fillText('${word}', 9, 9)</script>`;
    await using page = await serve({ '/a': said('Miriam', '1'), '/b': said('Gustav', '8') });
    const pictures: unknown[] = [];
    for (const path of ['a', 'b']) {
      const { failure } = await visiting(page.url, { actionSeconds: 1 }, async function* (visit) {
        await visit.open(path);
        yield await visit.html('table', 'table');
      });
      const picture = failure?.attachments?.find(({ name }) => name === 'page.png');
      pictures.push(Buffer.from(picture?.bytes ?? []).toString('base64'));
    }
    expect(pictures[0]).toMatch(/^iVBOR/);
    expect(pictures[0]).toBe(pictures[1]);
  });

  it('is shown without a picture where parts of it cannot be made blank', async () => {
    await using page = await serve({
      '/': `<div id="x"></div><script>document.getElementById('x').attachShadow({ mode: 'closed' }).innerHTML = 'Secret';</script>`,
    });
    const { failure } = await visiting(page.url, { actionSeconds: 1 }, async function* (visit) {
      await visit.open('');
      yield await visit.html('table', 'table');
    });
    const [, note] = failure?.attachments ?? [];
    expect([note?.name, Buffer.from(note?.bytes ?? []).toString()]).toEqual([
      'page-screenshot.txt',
      expect.stringContaining('closed to scripts'),
    ]);
  });
});

describe('the run around it', () => {
  it('ends the browser when it is stopped, with its own reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by hand');
    const { failure } = await visiting(
      site.url,
      SITE,
      async function* (visit) {
        await visit.open('orders?page=1');
        queueMicrotask(() => stop.abort(reason));
        await visit.page.locator('#never').waitFor({ timeout: 60_000 });
        yield await visit.snapshot('page');
      },
      { credentials: { LOGIN: loginOf() }, signal: stop.signal },
    );
    expect(failure?.cause).toBe(reason);
  });

  it('is told what to install where there is no browser', async () => {
    const { failure } = await visiting(site.url, {}, () => expect.fail('nothing is read'), {
      env: { TIDEMILL_BROWSER: '/nowhere/chrome' },
    });
    expect(failure).toMatchObject({
      kind: 'config',
      code: 'browser-missing',
      hint: expect.stringContaining('TIDEMILL_BROWSER'),
    });
  });

  it('keeps no value of the login, though the page shows it', async () => {
    const { artifacts, failure } = await visiting(
      site.url,
      SITE,
      async function* (visit) {
        await visit.open('orders?page=1');
        await visit.page.locator('#orders tr').first().waitFor();
        await visit.page.evaluate(
          `document.body.append(document.createElement('i')); document.querySelector('i').textContent = '${SESSION}'`,
        );
        yield await visit.snapshot('page');
      },
      { credentials: { LOGIN: loginOf() } },
    );
    expect(failure?.message).toBeUndefined();
    expect(
      artifacts.map(({ bytes }) => bytes.toString().includes('<i>***</i>') && !bytes.toString().includes(SESSION)),
    ).toEqual([true]);
  });
});
