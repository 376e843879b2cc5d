import { describe, expect, it } from 'vitest';
import { minutesText } from './minutes.ts';

type Month = Parameters<typeof minutesText>[0];
type Way = Parameters<typeof minutesText>[1];

const total = { per_job: 2_461, packed: 2_461, single: 750 };
const MONTH: Month = { days: 30, plans: 720, reports: 720, legs: total, total, recommended: 'per_job' };

const advice = (month: Partial<Month>, configured: Way): string =>
  minutesText({ ...MONTH, ...month }, configured)
    .split('\n\n')
    .at(-2) ?? '';

describe('the advice on how to make legs', () => {
  it('says what one machine would save, and that only it keeps within what is free', () => {
    expect(advice({}, 'per_job')).toMatch(
      /^Recommended: `legs: per_job` with 2,461 minutes, .*`legs: single` would save 1,711 of them, and keeps services less apart\. GitHub’s free plan has 2,000 a month for private repositories, which only `single` keeps within;/,
    );
  });

  it('does not say what somebody would save who has it', () => {
    const said = advice({}, 'single');
    expect(said).toContain('`legs: single`, as configured, saves 1,711 of them');
    expect(said).toContain('which only `single` keeps within');
  });

  it('recommends no other way that costs the same', () => {
    expect(advice({}, 'packed')).toContain('Recommended: `legs: packed` with 2,461 minutes');
  });

  it('does not speak of what is kept within where all ways are, or none', () => {
    const none = { per_job: 9_000, packed: 8_000, single: 2_001 };
    for (const [month, least] of [
      [{ total: none, recommended: 'packed' } as const, '8,000'],
      [{ total: { ...total, packed: 2_000 }, recommended: 'packed' } as const, '2,000'],
    ] as const) {
      expect(advice(month, 'per_job')).toMatch(
        new RegExp(`\`legs: packed\` with ${least} minutes.*repositories; public`),
      );
    }
  });

  it('says where one machine saves nothing', () => {
    expect(advice({ total: { ...total, single: 2_461 } }, 'per_job')).toContain('`legs: single` would save none');
    expect(advice({ total: { ...total, single: 2_461 } }, 'single')).toContain(
      '`legs: single`, as configured, saves none',
    );
  });
});
