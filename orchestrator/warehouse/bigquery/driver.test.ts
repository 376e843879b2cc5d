import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADA, applied, BOB, load, NONE, people } from '../../../test/contracts/warehouse-samples.ts';
import { refusal, startBigQuery } from '../../../test/fakes/bigquery.ts';
import {
  decides,
  elsewhere,
  given,
  scripts,
  TWO_KNOWN,
  TWO_NEW,
  textOf,
  two,
} from '../../../test/fakes/bigquery-given.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { signedIn } from './access.ts';
import { openBigQuery } from './driver.ts';
import { asWarehouseError } from './errors.ts';
import { parseLocation } from './location.ts';

describe('a load', () => {
  it('loads the rows, counts them, and writes them with the record of the package in one transaction', async () => {
    const { fake, warehouse } = await given();
    decides(fake);
    const counts = { ...NONE, rows: 2, inserted: 2 };
    expect(await warehouse.apply(two())).toEqual({
      packages: [{ id: "it's p1", counts, alreadyLoaded: false }],
      bytesBilled: 50,
    });
    const [rows] = [...fake.jobs.values()].filter(({ media }) => media !== undefined);
    const lines =
      rows?.media
        ?.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)) ?? [];
    expect(lines.map(({ id, name, bronze_line: line, _position: at }) => [id, name, line, at])).toEqual([
      ['1', 'Ada', 1, 0],
      ['2', 'Bob', 2, 1],
    ]);
    const [script] = scripts(fake);
    expect(textOf(script?.configuration ?? {})).toMatch(
      /^BEGIN TRANSACTION;[\s\S]*MERGE `contract__people`[\s\S]*INSERT INTO `staging__ingestion_state`[\s\S]*COMMIT TRANSACTION;$/,
    );
    expect(fake.tables.has('contract__people')).toBe(true);
    // Nothing is left of what was staged.
    expect([...fake.tables.keys()].sort()).toEqual(['contract__people', 'staging__ingestion_state']);
  });

  it('reads only what a table has that it must write to', async () => {
    const { fake, warehouse } = await given();
    fake.decide((work) => (work.includes('COUNTIF') ? { rows: [TWO_KNOWN] } : undefined));
    const { counts } = await applied(warehouse, two());
    expect(counts).toEqual({ ...NONE, rows: 2, unchanged: 2 });
    const [script] = scripts(fake);
    expect(textOf(script?.configuration ?? {})).not.toContain('contract__people`');
  });

  it('is found to be done when the answer to its last job was lost', async () => {
    const { fake, warehouse } = await given();
    decides(fake);
    let lost = 0;
    fake.interfere(({ method, path, body }) =>
      method === 'POST' && path.endsWith('/jobs') && body.includes('BEGIN TRANSACTION') && lost++ === 0
        ? 'lost'
        : undefined,
    );
    const { counts, alreadyLoaded } = await applied(warehouse, two());
    expect([counts.inserted, alreadyLoaded, lost, scripts(fake).length]).toEqual([2, false, 2, 1]);
  });

  it('waits until a job is to be seen that BigQuery has taken', async () => {
    const { fake, warehouse, clock } = await given();
    decides(fake);
    fake.takeTime(1);
    let unseen = 0;
    const notFound = refusal(404, 'notFound', 'Not found: Job my-project:EU.tidemill-1');
    fake.interfere(({ method, path }) =>
      method === 'GET' && /\/jobs\//.test(path) && unseen++ < 2 ? notFound : undefined,
    );
    expect((await applied(warehouse, two())).counts.inserted).toBe(2);
    expect(clock.slept.length).toBeGreaterThan(2);
    fake.interfere(({ method, path }) => (method === 'GET' && /\/jobs\//.test(path) ? notFound : undefined));
    const error = { kind: 'transient', code: 'bigquery-job-unknown' };
    await expect(warehouse.apply(load('p2', people, [ADA]))).rejects.toMatchObject(error);
  });

  it('is that of another process which has done it meanwhile', async () => {
    const { fake, warehouse } = await given();
    const theirs = { ...NONE, rows: 2, inserted: 1, unchanged: 1 };
    let isRecorded = false;
    fake.decide((work) => {
      if (work.startsWith('SELECT package_id'))
        return { rows: isRecorded ? [["it's p1", JSON.stringify(theirs)]] : [] };
      return work.includes('COUNTIF') ? { rows: [TWO_NEW] } : undefined;
    });
    fake.interfere(({ method, path, body }) => {
      if (isRecorded || method !== 'POST' || !path.endsWith('/jobs') || !body.includes('BEGIN TRANSACTION'))
        return undefined;
      const id = JSON.parse(body).jobReference.jobId;
      const configuration = { query: { query: 'BEGIN TRANSACTION; of another' } };
      (fake.jobs as Map<string, unknown>).set(id, { id, configuration, outcome: { rows: [] }, looks: 2 });
      isRecorded = true;
      return undefined;
    });
    expect(await applied(warehouse, two())).toEqual({ counts: theirs, alreadyLoaded: true });
  });

  it('takes the next id where an earlier try has failed, and where a dataset of this name was removed', async () => {
    const { fake, warehouse } = await given();
    decides(fake, (id) => (id.endsWith('-1') ? { reason: 'backendError' } : undefined));
    await warehouse.apply(two());
    expect(scripts(fake).map(({ id }) => id.at(-1))).toEqual(['1', '2']);
    // The jobs are known still, and nothing is recorded.
    await warehouse.apply(two());
    expect(scripts(fake).map(({ id }) => id.at(-1))).toEqual(['1', '2', '3']);
  });

  it('waits for a job that takes its time, but not for ever', async () => {
    const { fake, warehouse, clock } = await given();
    decides(fake);
    fake.takeTime(4);
    await warehouse.apply(two());
    expect(clock.slept.slice(0, 4)).toEqual([200, 300, 450, 675]);
    fake.takeTime(Number.POSITIVE_INFINITY);
    const error = { kind: 'transient', code: 'bigquery-job-slow', hint: expect.stringContaining('the next run looks') };
    await expect(warehouse.apply(load('p2', people, [ADA]))).rejects.toMatchObject(error);
  });

  it('gives up when the table is not what was counted any more', async () => {
    const { fake, warehouse } = await given();
    for (const message of [
      'tidemill: the table has changed',
      'Transaction is aborted due to concurrent update against it',
    ]) {
      decides(fake, () => ({ reason: 'invalidQuery', message }));
      const error = { kind: 'transient', code: 'bigquery-overtaken' };
      await expect(warehouse.apply(load(message, people, [ADA, BOB]))).rejects.toMatchObject(error);
    }
    expect(scripts(fake)).toHaveLength(2);
  });

  it('looks again at a table that somebody else has changed', async () => {
    const { fake, warehouse } = await given();
    decides(fake);
    await warehouse.apply(two());
    let met = 0;
    fake.interfere(({ method, headers }) => {
      if (method !== 'PATCH' || met++ > 0) return undefined;
      assert(headers['if-match'] !== undefined);
      return refusal(412, 'conditionNotMet');
    });
    await warehouse.apply(load('p2', { ...people, description: 'Others' }, [ADA, BOB]));
    expect([met, fake.tables.get('contract__people')?.['description']]).toEqual([2, 'Others']);
  });

  it('tells no value of a row that is refused', async () => {
    const { fake, warehouse } = await given();
    fake.decide((work) => (work === 'load' ? { reason: 'invalid', message: 'Could not parse my secret' } : undefined));
    const error = await warehouse.apply(load('p1', people, [{ ...ADA, name: 'my secret' }])).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'warehouse-value' });
    expect(inspect(error, { depth: null })).not.toContain('my secret');
    // Neither the table nor what was staged for it is there.
    expect([...fake.tables.keys()]).toEqual([]);
  });
});

describe('options of the location', () => {
  it('hold what a query may cost, name the jobs, and keep new tables by month', async () => {
    const { fake, warehouse } = await given('?max_bytes_billed=1000&labels=team:data&partition=month');
    decides(fake);
    await warehouse.apply(load('p1', people, [ADA], { job: 'Ada.people' }));
    const [script] = scripts(fake);
    expect(script?.configuration).toMatchObject({
      query: { maximumBytesBilled: '1000' },
      labels: { team: 'data', tidemill_job: 'ada_people' },
    });
    expect(fake.tables.get('contract__people')).toMatchObject({
      labels: { team: 'data', tidemill_service: 'contract', tidemill_data_type: 'people' },
      timePartitioning: { type: 'MONTH', field: 'ingested_at' },
      clustering: { fields: ['town', 'id'] },
    });
  });

  it.each([
    'bigquery://',
    'bigquery://my-project',
    'bigquery://my-project/my-dataset',
    'bigquery://My_Project/d',
    'bigquery://my-project/d/table',
    'bigquery://my-project/d?location=EU',
    'bigquery://my-project/d?max_bytes_billed=10GB',
    'bigquery://my-project/d?labels=Team:x',
    'bigquery://my-project/d?partition=hour',
  ])('%s is refused', (location) => {
    expect(() => parseLocation(location)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'bigquery-location' }),
    );
  });
});

describe('who asks', () => {
  const access = (url: string, tokens: string[]) =>
    signedIn(url, parseLocation('bigquery://my-project/my_dataset'), () => {
      const token = tokens.shift() ?? 'none';
      return { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token}` }) };
    });

  it('gets another token when one is over before its time, once', async () => {
    const fake = await startBigQuery();
    onTestFinished(() => fake[Symbol.asyncDispose]());
    fake.tokens.add('new');
    const { warehouse } = await given('', { access: access(fake.url, ['old', 'new']) });
    await warehouse.check();
    fake.tokens.clear();
    fake.tokens.add('another');
    const error = { kind: 'auth', code: 'bigquery-credentials', hint: expect.stringContaining('Log in') };
    await expect(warehouse.check()).rejects.toMatchObject(error);
  });
});

describe('what goes wrong', () => {
  const meets = async (reply: ReturnType<typeof refusal>, times = Number.POSITIVE_INFINITY) => {
    const { fake, warehouse, clock } = await given();
    let met = 0;
    fake.interfere(({ method }) => (method === 'POST' && met++ < times ? reply : undefined));
    return {
      outcome: await warehouse.check().then(
        () => 'fine',
        (error: unknown) => error,
      ),
      clock,
    };
  };

  it.each([429, 500, 502, 503])('a %d that passes is waited for', async (status) => {
    const { outcome, clock } = await meets({ status, body: '<html>', headers: { 'retry-after': '3' } }, 2);
    expect([outcome, clock.slept]).toEqual(['fine', [3000, 3000]]);
  });

  it.each([
    [403, 'rateLimitExceeded', 'quota', 'bigquery-rate', 'the next run'],
    [403, 'quotaExceeded', 'quota', 'bigquery-quota', 'less often'],
    [503, 'backendError', 'transient', 'bigquery-unavailable', 'status'],
    [403, 'accessDenied', 'auth', 'bigquery-forbidden', 'roles/bigquery.dataEditor'],
    [403, 'accessNotConfigured', 'config', 'bigquery-disabled', 'gcloud services enable bigquery.googleapis.com'],
    [403, 'billingNotEnabled', 'config', 'bigquery-billing', 'billing'],
    [400, 'bytesBilledLimitExceeded', 'config', 'bigquery-bytes', 'Raise the option'],
    [403, 'responseTooLarge', 'config', 'bigquery-too-large', 'fewer columns'],
    [404, 'notFound', 'config', 'bigquery-dataset-missing', 'bq --location=EU mk --dataset my-project:my_dataset'],
    [400, 'invalid', 'bug', 'bigquery-refused', 'not shown'],
  ])('%d %s says who must act', async (status, reason, kind, code, hint) => {
    const { outcome } = await meets(refusal(status, reason, 'my secret'));
    assert(outcome instanceof TidemillError);
    expect(outcome).toMatchObject({ kind, code, hint: expect.stringContaining(hint) });
    if (kind === 'bug') expect(outcome.message).not.toContain('my secret');
  });

  /** As they were seen: the message says what the reason does not. */
  it.each([
    // https://github.com/googleapis/python-bigquery/issues/1991
    [
      '',
      'The job encountered an error during execution. Retrying the job may solve the problem.',
      'bigquery-unavailable',
    ],
    ['', 'The job encountered an internal error during execution and was unable to complete.', 'bigquery-unavailable'],
    ['', 'Error encountered during execution. Retrying may solve the problem.', 'bigquery-unavailable'],
    // https://github.com/m-lab/etl-gardener/issues/293
    [
      'resourcesExceeded',
      'Resources exceeded during query execution: Too many DML statements outstanding against table p:d.t, limit is 20',
      'bigquery-rate',
    ],
    ['resourcesExceeded', 'Resources exceeded during query execution: Not enough resources', 'bigquery-too-large'],
    // https://github.com/airbytehq/airbyte/issues/27585
    [
      'invalidQuery',
      'Query error: Transaction is aborted due to concurrent update against table p:d.t',
      'bigquery-overtaken',
    ],
    ['dailyLimitExceeded', 'Daily Limit Exceeded.', 'bigquery-quota'],
    ['userRateLimitExceeded', 'User Rate Limit Exceeded', 'bigquery-rate'],
  ])('a job that ends with %j and %j is %s', (reason, message, code) => {
    expect(asWarehouseError(parseLocation('bigquery://my-project/my_dataset'), { reason, message }).code).toBe(code);
  });

  it('a quota that is used up is not asked for again and again', async () => {
    const { outcome, clock } = await meets(refusal(403, 'quotaExceeded'));
    expect(outcome).toMatchObject({ retryAfterSeconds: 3_600 });
    expect(clock.slept).toEqual([]);
  });

  it.each([
    ['invalid', 'Cannot read and write in different locations: source: US, destination: EU'],
    ['invalid', 'Not found: URI gs://b/o'],
    ['accessDenied', 'Access Denied: File gs://b/o: Access Denied'],
    // https://github.com/tuva-health/tuva-core/issues/1319
    [
      'accessDenied',
      'Access Denied: BigQuery BigQuery: Permission denied while globbing file pattern. Caller does not have storage.objects.get access',
    ],
  ])('no row is to blame for a bucket that cannot be read: %s, %s', async (reason, message) => {
    const { fake, warehouse } = await given();
    fake.decide((work) => (work === 'load' ? { reason, message } : undefined));
    await expect(warehouse.apply(two())).rejects.toMatchObject({ kind: 'config', code: 'bigquery-bucket' });
  });

  it('no row is to blame for a request that is not taken', async () => {
    const { fake, warehouse } = await given();
    fake.interfere(({ path }) => (path.startsWith('/upload') ? refusal(400, 'invalid') : undefined));
    await expect(warehouse.apply(two())).rejects.toMatchObject({ kind: 'bug', code: 'bigquery-refused' });
  });

  it('rows that somebody streams are said to be in the way', async () => {
    const { fake, warehouse } = await given();
    decides(fake, () => ({ reason: 'invalidQuery', message: 'would affect rows in the streaming buffer' }));
    await expect(warehouse.apply(two())).rejects.toMatchObject({ kind: 'transient', code: 'bigquery-streaming' });
  });

  it('an answer that is not there yet, or is not understood, is not one without rows', async () => {
    const { fake, warehouse, clock } = await given();
    fake.decide((work) => (work.startsWith('SELECT package_id') ? { rows: [['p1']] } : undefined));
    await warehouse.apply(load('p0', people, []));
    const answers = [{ jobComplete: false }, undefined, { jobComplete: true, rows: [{ f: 'p1' }] }];
    fake.interfere(({ path }) => {
      const json = path.includes('/queries/') ? answers.shift() : undefined;
      return json && { json };
    });
    expect(await warehouse.lastPackage('contract_people')).toBe('p1');
    expect(clock.slept).toContain(200);
    await expect(warehouse.lastPackage('contract_people')).rejects.toMatchObject({ code: 'bigquery-unavailable' });
  });

  it('an answer that never comes is waited for as long as a job', async () => {
    const { fake, warehouse } = await given();
    fake.interfere(({ path }) => (path.includes('/queries/') ? { json: { jobComplete: false } } : undefined));
    await expect(warehouse.query('SELECT 1')).rejects.toMatchObject({ code: 'bigquery-job-slow' });
  });

  it('a dataset that is not there has its very command', async () => {
    const { fake } = await given();
    const warehouse = openBigQuery({
      location: 'bigquery://my-project/other',
      env: { BIGQUERY_EMULATOR_HOST: fake.url },
      clock: fakeClock(),
      random: () => 0.5,
      bucket: elsewhere,
    });
    const hint = expect.stringContaining('mk --dataset my-project:other');
    await expect(warehouse.check()).rejects.toMatchObject({ code: 'bigquery-dataset-missing', hint });
    await warehouse.close();
  });
});
