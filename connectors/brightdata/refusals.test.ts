/** What Bright Data refuses, and who must act; and that its fake refuses it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { OTHER_DATASET } from '../../test/fakes/brightdata.ts';
import { openBrightData, PAGE, post } from '../../test/fakes/brightdata-samples.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { deskOf } from '../../test/fakes/crawl-service.ts';
import { failureOf } from '../../test/fakes/http-client.ts';
import { httpOf, readService } from '../../test/fakes/read-service.ts';
import connector from './index.ts';

type Fake = Awaited<ReturnType<typeof openBrightData>>;

function desk(fake: Fake, options: object = { url: PAGE }, stream = 'facebook_posts') {
  const opened = deskOf(connector, stream, fake, options);
  onTestFinished(() => opened.close());
  return opened;
}

const trigger = (fake: Fake, options?: object, stream?: string) => {
  const { crawl, context, target } = desk(fake, options, stream);
  return crawl.trigger(context, target);
};

const TOO_MANY = 'You have too many running jobs for this dataset. Running jobs: 100>=100';
const VALIDATION =
  '{"error":"Invalid input provided","code":"validation_error","line":"{\\"url\\":\\"secret\\"}","errors":[["url","This field must be a valid url"]]}';

describe('a trigger that is refused', () => {
  it.each([
    [402, 'Payment required', 'config', 'brightdata-balance'],
    [400, 'Account is suspended', 'config', 'brightdata-balance'],
    [403, 'Account is new, please activate it in account settings.', 'config', 'brightdata-account'],
    [400, 'Customer is not active', 'config', 'brightdata-account'],
    [401, 'Invalid credentials', 'auth', 'brightdata-api-key'],
    [403, 'Not permitted', 'auth', 'brightdata-permission'],
    [429, TOO_MANY, 'quota', 'brightdata-running-jobs'],
    [429, '{"error":"Maximum limit of 100 jobs per dataset has been exceeded"}', 'quota', 'brightdata-running-jobs'],
    [429, 'Too many requests', 'quota', 'http-rate-limited'],
    [404, 'dataset does not exist', 'config', 'brightdata-dataset'],
    [404, 'Collector not found', 'config', 'brightdata-dataset'],
    [400, 'This dataset is not allowed for API', 'config', 'brightdata-dataset'],
    [400, VALIDATION, 'config', 'brightdata-input'],
    [422, '{"validation_errors":["\\"url\\" is required"]}', 'config', 'brightdata-input'],
    [400, 'Should be at least 2 inputs', 'config', 'brightdata-input'],
    [404, '<!doctype html><title>dataset does not exist</title>', 'source-changed', 'http-status'],
    [503, 'Service unavailable', 'transient', 'http-unavailable'],
  ])('with %i “%s” is %s', async (status, body, kind, code) => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status, body, times: 9 });
    const failure = await failureOf(trigger(fake));
    expect(failure).toMatchObject({ kind, code, request: { status } });
    // It costs money: whatever becomes of it, it is asked once.
    expect(fake.requests).toBe(1);
  });

  it('says which field is wrong, and never what it was', async () => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status: 400, body: VALIDATION });
    const failure = await failureOf(trigger(fake));
    expect(failure.message).toContain('url: This field must be a valid url');
    expect(failure.message).not.toContain('secret');
  });

  it.each([
    'Incorrect discovery collector id Available types: url, profile_url, company_url',
    'Incorrect discovery collector id discover_by is required',
    'discover_by is required',
    "This dataset does not support discovery. Supported types: ['url_collection']",
    'This dataset does not support collection.',
  ])('because of how it is asked says “%s”', async (said) => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status: 400, body: said });
    expect(await failureOf(trigger(fake))).toMatchObject({
      code: 'brightdata-input',
      message: expect.stringContaining(`: ${said}`),
    });
  });

  it('in other words does not repeat them', async () => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status: 400, body: 'Incorrect discovery collector id of jane@example.com' });
    expect((await failureOf(trigger(fake))).message).not.toContain('jane');
  });

  it('for too many crawls asks for the wait that it names', async () => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status: 429, body: TOO_MANY, headers: { 'retry-after': '90' } });
    expect((await failureOf(trigger(fake))).retryAfterSeconds).toBe(90);
  });

  it('is so by the fake as well', async () => {
    const fake = await openBrightData();
    fake.allow(1);
    await trigger(fake);
    expect(await failureOf(trigger(fake))).toMatchObject({ code: 'brightdata-running-jobs' });
    const posts = (options: object) => failureOf(trigger(fake, { dataset_id: OTHER_DATASET, ...options }, 'posts'));
    expect(await posts({ url: PAGE, dataset_id: 'gd_unknown0000' })).toMatchObject({ code: 'brightdata-dataset' });
    expect(await posts({ url: PAGE, input: { colour: 'red' } })).toMatchObject({
      code: 'brightdata-input',
      message: expect.stringContaining('colour: This field is not allowed'),
    });
    expect(fake.crawls).toHaveLength(1);
  });
});

it('an answer without a ticket is no refusal: the crawl may have been begun', async () => {
  const fake = await openBrightData();
  fake.disturb({ after: 0, status: 200, body: '{"snapshot_id":"../../etc"}' });
  expect(await failureOf(trigger(fake))).toMatchObject({ kind: 'source-changed', request: { status: 200 } });
});

it('polls ask again what stumbles, and wait when they are told to', async () => {
  const fake = await openBrightData();
  const { crawl, context, target, clock } = desk(fake);
  const triggered = { ticket: await crawl.trigger(context, target), target, triggeredAt: context.now };
  fake.disturb({ after: 0, status: 502, times: 2 });
  expect(await crawl.poll(context, triggered)).toMatchObject({ status: 'running', says: 'starting' });
  fake.disturb({ after: 0, status: 429 });
  await crawl.poll(context, triggered);
  expect(clock.slept.at(-1)).toBe(2000);
});

it('who has the key is told by name, and answers that shut out are declared', async () => {
  const fake = await openBrightData();
  const http = httpOf(connector, fake, fakeClock());
  onTestFinished(() => http.close());
  expect(await connector.whoami?.(http)).toBe('hl_fake');
  expect(connector.shutOut).toMatchObject({ answers: 25, perSeconds: 300 });
});

describe('crawls are listed', () => {
  const crawl = (id: string, created: string) => ({ id, created, status: 'ready', dataset_id: OTHER_DATASET });
  const listed = [crawl('s_1', '2026-11-20T04:00:00Z'), crawl('s_2', '2026-09-01T04:00:00Z')];
  const options = { dataset_id: OTHER_DATASET, days: 30 };

  it('all of them at first, and those of some days later on', async () => {
    const fake = await openBrightData({ listed });
    const all = await readService(connector, 'snapshots', fake, { options });
    expect([all.failure, all.records.length]).toEqual([undefined, 2]);
    const some = await readService(connector, 'snapshots', fake, { options, cursor: all.marks[0] });
    expect(some.records).toHaveLength(1);
    expect(fake.seen.at(-1)?.query).toMatchObject({ from_date: '2026-10-22' });
  });
});

describe('the fake refuses, as Bright Data does,', () => {
  it.each([
    ['POST', '/datasets/v3/trigger', '[]', 404],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}`, '[]', 400],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}`, '{"url":"x"}', 400],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}`, '[{"url":"x"}]', 400],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}`, '[{', 400],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}&colour=red`, `[{"url":"${PAGE}"}]`, 400],
    ['POST', `/datasets/v3/trigger?dataset_id=${OTHER_DATASET}`, `[{"url":"${PAGE}"}]`, 200],
    ['GET', '/datasets/v3/snapshots', undefined, 400],
    ['GET', `/datasets/v3/snapshots?dataset_id=${OTHER_DATASET}&limit=5001`, undefined, 400],
    ['GET', `/datasets/v3/snapshots?dataset_id=${OTHER_DATASET}&status=building`, undefined, 400],
    ['GET', `/datasets/v3/snapshots?dataset_id=${OTHER_DATASET}&from_date=2026-11-20T00:00:00Z`, undefined, 400],
    ['GET', `/datasets/v3/snapshots?dataset_id=${OTHER_DATASET}&limit=5000`, undefined, 200],
    ['GET', '/datasets/v3/progress/s_none', undefined, 404],
    ['GET', '/datasets/v3/snapshot/s_none?format=json', undefined, 404],
    ['GET', '/datasets/v3/snapshot/s_none?format=xml', undefined, 400],
    ['GET', '/datasets/v3/snapshot/s_none/parts?batch_size=999', undefined, 400],
    ['POST', '/datasets/v3/snapshot/s_none/cancel', undefined, 404],
  ])('%s %s %s with %i', async (method, path, body, status) => {
    const fake = await openBrightData({ posts: [post(1)] });
    const authorization = `Bearer ${fake.credentials['BRIGHTDATA_API_KEY']}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(`${fake.baseUrl}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
    const anonymous = await fetch(`${fake.baseUrl}${path}`, { method });
    expect([anonymous.status, await anonymous.text()]).toEqual([401, 'Credentials are missing']);
  });
});
