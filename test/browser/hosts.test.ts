/** Nothing but the declared hosts is reached, whatever a page does. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { serve, visiting } from './visiting.ts';

it('a page reaches no host that is not declared, by no means; what it was not let do is told once', async () => {
  await using elsewhere = await serve({ '/': 'elsewhere' }, '127.0.0.2');
  await using declared = await serve(
    { '/pixel': (response) => response.writeHead(200, { 'access-control-allow-origin': '*' }).end('p') },
    '127.0.0.3',
  );
  const peer = createSocket('udp4');
  let packets = 0;
  peer.on('message', () => {
    packets += 1;
  });
  peer.bind(0, '127.0.0.2');
  await once(peer, 'listening');
  const [there, named] = [elsewhere.url, elsewhere.url.replace('127.0.0.2', 'localhost')];
  const page = `<!doctype html><img src="${there}/image"><link rel="preconnect" href="${there}"><link rel="prefetch" href="${there}/prefetch">
<iframe src="${there}/frame"></iframe><iframe src="/leave"></iframe><video src="${there}/video"></video>
<a id="popup" href="${there}/popup" target="_blank">popup</a><a id="save" href="/leave" download="x.csv">save</a>
<script>
const tries = [
  fetch('${there}/fetch'), fetch('${named}/name'), fetch('/leave'), fetch('${there}/beacon', { method: 'POST', keepalive: true }),
  new Promise((resolve, reject) => { const socket = new WebSocket('${there.replace('http', 'ws')}/socket'); socket.onclose = reject; socket.onopen = resolve; }),
  new Promise((resolve, reject) => { const source = new EventSource('${there}/events'); source.onerror = reject; source.onopen = resolve; }),
  (async () => { const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.2:${peer.address().port}' }] }); peer.createDataChannel('x'); await peer.setLocalDescription(await peer.createOffer()); await new Promise((resolve) => setTimeout(resolve, 500)); })(),
  new Worker(URL.createObjectURL(new Blob(["fetch('${there}/from-worker').catch(() => {}).then(() => postMessage(1))"]))) && Promise.reject(),
];
navigator.serviceWorker.register('/worker.js').catch(() => {});
navigator.sendBeacon('${there}/sent');
Promise.allSettled(tries).then((all) => { document.title = all.map(({ status }) => status === 'fulfilled' ? 'yes' : 'no').join(' '); });
fetch('${declared.url}/pixel').then(() => { document.body.dataset.declared = 'reached'; });
</script>`;
  await using site = await serve({
    '/': page,
    '/worker.js': (response) =>
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(`fetch('${there}/from-service')`),
    '/leave': (response) => response.writeHead(302, { location: `${there}/redirected` }).end(),
  });
  const { failure, notices } = await visiting(site.url, { hosts: ['127.0.0.3'] }, async function* (visit) {
    await visit.open('');
    const { page } = visit;
    await page.waitForFunction("document.title !== ''");
    expect(await page.title()).not.toContain('yes');
    await page.locator('[data-declared="reached"]').waitFor();
    for (const link of ['#popup', '#save']) await page.locator(link).click({ noWaitAfter: true });
    await page.waitForTimeout(300);
    yield await visit.snapshot('page');
  });
  peer.close();
  expect(failure?.message).toBeUndefined();
  expect([elsewhere.asked, packets]).toEqual([[], 0]);
  expect(declared.asked).toEqual(['/pixel']);
  expect(site.asked).not.toContain('/worker.js');
  expect(notices).toEqual([
    expect.stringMatching(
      /^the page asked \d+× for hosts that are not declared, and was not let: 127\.0\.0\.2 \(\d+×\), localhost \(1×\)$/,
    ),
  ]);
});

it('a page that leads to another host is an error that names it', async () => {
  await using elsewhere = await serve({ '/': 'elsewhere' }, '127.0.0.2');
  await using site = await serve({
    '/': (response) => response.writeHead(302, { location: `${elsewhere.url}/?session=s3cret-value` }).end(),
  });
  const { failure } = await visiting(site.url, {}, async function* (visit) {
    await visit.open('');
    yield await visit.snapshot('page');
  });
  expect(failure).toMatchObject({
    kind: 'source-changed',
    code: 'host-undeclared',
    message: expect.stringContaining('127.0.0.2'),
  });
  expect(`${failure?.message}${failure?.hint}`).not.toContain('s3cret');
  expect(elsewhere.asked).toEqual([]);
});
