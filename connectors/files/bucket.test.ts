/** Files in a bucket that is no environment's, opened by the driver of its kind. */
import { expect, it } from 'vitest';
import { openS3Bucket } from '../../orchestrator/storage/s3/driver.ts';
import { project } from '../../test/cli/project.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { startS3Server } from '../../test/fakes/s3-server.ts';

it('is listed and read, object by object, and nothing is read again or written', async () => {
  await using server = await startS3Server({ pageLength: 2 });
  server.createBucket('shop');
  const env = { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'a secret key' };
  const bucket = openS3Bucket({ location: 's3://shop/exports', env, clock: fakeClock(), random: () => 0.5 });
  for (const [key, text] of [
    ['2026/a.csv', 'id\n1\n'],
    ['2026/b.csv', 'id\n2\n'],
    ['2026/b.txt', 'x'],
    ['2027/c.csv', 'id\n3\n'],
  ] as const) {
    await bucket.write(key, Buffer.from(text), { contentType: 'text/plain' });
  }
  const services = { shop: { package: '@tidemill/files', options: { url: 's3://shop/exports' } } };
  const job = { service: 'shop', data_type: 'ids', options: { files: '2026/*.csv' } };
  const jobs = { mine: { ...job, columns: { id: 'bigint' }, primary_key: ['id'] } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  const run = async () => {
    const before = server.requests.length;
    const { json } = await here.run(['run', 'mine', '--json'], { env });
    const asked = server.requests.slice(before);
    const objects = asked.filter((request) => /\.(csv|txt)/.test(request.split('?')[0] ?? ''));
    return { result: json().results[0], objects, others: asked.filter((request) => !request.startsWith('GET ')) };
  };
  const first = await run();
  expect(first.result).toMatchObject({ result: 'done', totals: { inserted: 2 } });
  expect(first.objects).toHaveLength(2);
  const second = await run();
  expect(second.result).toMatchObject({ result: 'done', totals: { packages: 0 } });
  expect([second.objects, first.others, second.others]).toEqual([[], [], []]);
});

it('has no driver: that is told, and who acts', async () => {
  const services = { shop: { package: '@tidemill/files', options: { url: 'webdav://shop/exports' } } };
  const jobs = { mine: { service: 'shop', data_type: 'ids', options: { files: '*.csv' } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  const { failure } = (await here.run(['run', 'mine', '--json'])).json().results[0];
  expect(failure).toMatchObject({ kind: 'config', message: 'No driver for the bucket webdav:…' });
});

it('has a name that bronze cannot have: that is told before it is read', async () => {
  const services = { shop: { package: '@tidemill/files', options: { url: 'https://127.0.0.1:1/' } } };
  const jobs = { mine: { service: 'shop', data_type: 'ids', options: { files: `${'é'.repeat(50)}.csv` } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  const { failure } = (await here.run(['run', 'mine', '--json'])).json().results[0];
  expect(failure).toMatchObject({ kind: 'config', code: 'file-name' });
});
