/** Jobs that somebody counts on and that lack credentials make the run red; others are named, and keep nobody awake. */
import { describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const hourly = { cron: '0 * * * *', prints: [{ a: 1 }] };
const shop = { ...hourly, dependencies: ['SHOP_TOKEN'] };
const RUN = ['--run-id', '20261121T103000Z-7-1'];
const LATER = '2026-11-21T07:05:00Z';

const place = (): Promise<Project> => project({ 'ingestion-config.yaml': configOf({ free: hourly, shop }) });

/** What a step comes to: its exit, what it adds to the summary, and what it says. */
async function step(here: Project, args: readonly string[], options: { now?: string; env?: object } = {}) {
  // As the workflow has it, whose plan is given the names only.
  const names = { TIDEMILL_CREDENTIALS: `,${Object.keys(options.env ?? {}).join(',')}` };
  const env = { GITHUB_ACTIONS: 'true', ...names, ...options.env };
  const { exit, stderr, runner } = await here.run(args, { ...options, env });
  return { exit, summary: runner.summary, stderr };
}

describe('a job that was named', () => {
  it('makes the plan red when nothing else runs, with the names', async () => {
    const here = await place();
    for (const more of [[], ['--dry-run']]) {
      const planned = await step(here, ['plan', '--record', '--job', 'shop', ...more]);
      expect(planned.exit).toBe(3);
      expect(planned.stderr).toContain('1 job lacks credentials: shop (SHOP_TOKEN)');
      expect(planned.summary).toContain('- shop was asked for, and lacks SHOP&#95;TOKEN');
      expect(planned.summary).toContain('1 job was not selected.');
      expect(planned.summary).not.toContain('| free |');
    }
    expect((await step(here, ['plan', '--record', '--job', 'shop'], { env: { SHOP_TOKEN: 'x' } })).exit).toBe(0);
  });

  it.each([['free,shop'], ['*']])('makes the report red when others run (%s)', async (job) => {
    const here = await place();
    expect((await step(here, ['plan', '--record', '--job', job, ...RUN])).exit).toBe(0);
    await here.run(['run', `free@manual-${RUN[1]}`, ...RUN]);
    const report = await step(here, ['report', ...RUN]);
    expect(report.exit).toBe(3);
    expect(report.summary).toMatch(/^### ❌ 1 job done: .*\n\n🔑 1 job lacks credentials: shop/);
  });

  it('is not one that force alone has picked up', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ shop }) });
    const planned = await step(here, ['plan', '--record', '--force']);
    expect(planned.exit).toBe(0);
    expect(planned.summary).toContain('🔑 1 job lacks credentials: shop');
  });
});

describe('on schedule', () => {
  async function reported(here: Project, now: string) {
    const planned = await step(here, ['plan', '--record', ...RUN], { now });
    await here.run(['run', `free@${now.slice(0, 14)}00:00.000Z`, ...RUN], { now });
    return { planned, report: await step(here, ['report', ...RUN], { now }) };
  }

  it('a job that never ran is named in the first lines, and nothing is red', async () => {
    const here = await place();
    await here.run(['plan', '--record']);
    const { planned, report } = await reported(here, LATER);
    expect([planned.exit, report.exit]).toEqual([0, 0]);
    expect(planned.summary).toMatch(/^### 1 run planned in local\n\n🔑 1 job lacks credentials: shop/);
    expect(report.summary).toMatch(/^### ✅ 1 job done: .*\n\n🔑 1 job lacks credentials: shop/);
  });

  it('a job that has run before makes the report red', async () => {
    const here = await place();
    await here.run(['plan', '--record']);
    await here.run(['tick'], { now: LATER, env: { SHOP_TOKEN: 'x' } });
    const { planned, report } = await reported(here, '2026-11-21T08:05:00Z');
    expect([planned.exit, report.exit]).toEqual([0, 3]);
    expect(report.summary).toContain('- shop has run before, and lacks SHOP&#95;TOKEN');
  });
});

describe('a plan that fails', () => {
  it('says why in the summary, whatever the error', async () => {
    const here = await place();
    const unknown = await step(here, ['plan', '--record', '--job', 'shpo']);
    expect(unknown.exit).toBe(2);
    expect(unknown.summary).toMatch(/^### ❌ The plan failed\n\n```text\nthere is no job "shpo"\n```\n\nDid you mean/);
    expect(unknown.summary).toContain('unknown-job; who must act: you');
    const nowhere = await step(here, ['plan', '--environment', 'nowhere']);
    expect(nowhere.summary).toContain('There is no environment "nowhere"');
  });
});
