import { describe, expect, it } from 'vitest';
import { jobOf } from '../../test/fixtures/job.ts';
import { type JobResult, noTotals } from '../result/result.ts';
import { emptyState } from '../state/transitions.ts';
import { errorArtifact, errorFileName, type RedRun } from './error-artifact.ts';

const SECRET = 'p4ss/wörd "quoted"';

const result: JobResult = {
  job: 'mine',
  service: 'shop',
  data_type: 'orders',
  environment: 'dev',
  slot: '2026-11-21T06:00:00.000Z',
  interval: { start: '2026-11-21T05:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
  run: 'run-1',
  attempt: 2,
  result: 'failed',
  lateness_seconds: 0,
  started_at: '2026-11-21T06:17:00.000Z',
  seconds: 1,
  totals: noTotals,
  superseded: 0,
  notices: [`tried ${encodeURIComponent(SECRET)}`],
  rejects: [],
  quarantine: [],
  gates: [],
  failure: {
    kind: 'auth',
    code: 'credentials-refused',
    message: `refused ${SECRET}, as ${Buffer.from(`user:${SECRET}`).toString('base64')}`,
    hint: 'Renew https://user:pw@example.com/?token=abcdef',
    exit: 3,
    who: 'you',
    request: {
      method: 'GET',
      url: 'https://x.example/orders?after=…',
      status: 401,
      headers: { 'x-request-id': SECRET, 'retry-after': '7' },
    },
  },
  is_settled: false,
  trace: {
    log: [`06:17:00 GET https://x.example/?a=${Buffer.from(SECRET).toString('hex')} → 401`],
    manifests: ['bronze/shop/orders/m.json'],
    uncommitted: 7,
  },
};
const run: RedRun = {
  result,
  job: jobOf({ id: 'mine', options: { region: `eu ${JSON.stringify(SECRET)}` } }),
  decision: {
    run: { job: 'mine', slot: result.slot, interval: result.interval, attempt: 2, reason: 'tried again' },
    why: { job: 'mine', decision: 'run', reason: `somebody wrote ${encodeURIComponent(SECRET)}` },
  },
  state_before: { ...emptyState('mine'), settled_through: '2026-11-21T05:00:00.000Z' },
  state: undefined,
  versions: { tidemill: '0.1.0', node: 'v24.0.0' },
};

describe('what explains a red run', () => {
  it('is the result with its log and request, the decision, the job, where it stood, and the versions', () => {
    expect(JSON.parse(errorArtifact(run, []))).toMatchObject({
      format: 2,
      versions: { tidemill: '0.1.0', node: 'v24.0.0' },
      result: {
        slot: '2026-11-21T06:00:00.000Z',
        attempt: 2,
        failure: { code: 'credentials-refused', request: { url: 'https://x.example/orders?after=…', status: 401 } },
        trace: { log: [expect.stringContaining('→ 401')], manifests: ['bronze/shop/orders/m.json'], uncommitted: 7 },
      },
      decision: { run: { reason: 'tried again' }, why: { decision: 'run' } },
      state_before: { settled_through: '2026-11-21T05:00:00.000Z' },
      job: { id: 'mine' },
    });
  });

  it('has no secret in it, however it was written', () => {
    const text = errorArtifact(run, [SECRET]);
    const { failure, notices } = JSON.parse(text).result;
    expect(failure.message).toMatch(/^refused \*\*\*, as [^ ]*\*\*\*[^ ]*$/);
    expect(notices).toEqual(['tried ***']);
    expect(failure.request.headers).toEqual({ 'x-request-id': '***', 'retry-after': '7' });
    expect(text).not.toContain(Buffer.from(SECRET).toString('hex'));
    expect(JSON.parse(text).job.options.region).toBe('eu "***"');
    expect(text).not.toMatch(/p4ss|user:pw|abcdef/);
  });

  it('stays JSON when a secret looks like a piece of JSON', () => {
    expect(JSON.parse(errorArtifact(run, ['null', '"result": {', 'false'])).result.is_settled).toBe(false);
  });

  it('has a file name that GitHub takes, another one for every slot', () => {
    const names = ['2026-11-21T06:00:00.000Z', '2026-11-21T07:00:00.000Z', 'manual-20261121T061700Z-12-1'].map((slot) =>
      errorFileName({ ...result, slot }),
    );
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^mine\.[\w-]+\.json$/);
  });
});
