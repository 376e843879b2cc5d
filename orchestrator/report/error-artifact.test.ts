import { describe, expect, it } from 'vitest';
import { jobOf } from '../../test/fixtures/job.ts';
import { errorArtifact, errorFileName } from './error-artifact.ts';
import { type JobResult, noTotals } from './result.ts';

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
  },
  is_settled: false,
};
const run = {
  result,
  job: jobOf({ id: 'mine', options: { region: `eu ${JSON.stringify(SECRET)}` } }),
  state: undefined,
  versions: { tidemill: '0.1.0', node: 'v24.0.0' },
};

describe('what explains a red run', () => {
  it('is the result, the job, where it stands, and the versions', () => {
    expect(JSON.parse(errorArtifact(run, []))).toMatchObject({
      format: 1,
      versions: { tidemill: '0.1.0', node: 'v24.0.0' },
      result: { slot: '2026-11-21T06:00:00.000Z', attempt: 2, failure: { code: 'credentials-refused' } },
      job: { id: 'mine' },
    });
  });

  it('has no secret in it, however it was written', () => {
    const text = errorArtifact(run, [SECRET]);
    const { failure, notices } = JSON.parse(text).result;
    expect(failure.message).toMatch(/^refused \*\*\*, as [^ ]*\*\*\*[^ ]*$/);
    expect(notices).toEqual(['tried ***']);
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
