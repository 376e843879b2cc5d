import { expect, it } from 'vitest';
import { resultOf } from '../../test/fixtures/result.ts';
import { redactedResult } from './redacted.ts';

it('takes a secret out of everything that came from outside, and leaves the names of things', () => {
  const result = resultOf({
    job: 'sesame_job',
    description: 'open sesame',
    notices: ['open sesame'],
    rejects: ['open sesame'],
    gates: ['open sesame'],
    reason: 'open sesame',
    failure: { kind: 'auth', code: 'sesame-code', message: 'open sesame', hint: 'open sesame', exit: 3, who: 'you' },
    trace: { log: ['open sesame', 'x'], manifests: [], uncommitted: 0 },
  });
  const clean = redactedResult(result, (text) => text.replace('open sesame', '***'));
  expect(JSON.stringify(clean)).not.toContain('open');
  expect(clean).toMatchObject({ job: 'sesame_job', failure: { code: 'sesame-code', hint: '***' } });
  expect(clean.trace?.log).toEqual(['***', 'x']);
  expect(redactedResult(resultOf(), (text) => text)).toEqual(resultOf());
});
