/** The real workflow of the history page. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { runWorkflow, type WorkflowRun } from './harness.ts';
import { makeRepository, type Repository } from './repository.ts';
import { logOf, prints, resultsOf, run, shop, warmCache, workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const PAGES = 'pages.yaml';
const NOW = '2026-11-21T06:47:00Z';

let repository: Repository;

beforeAll(async () => {
  repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
});

async function publish(values: Record<string, string>, change = (text: string): string => text): Promise<WorkflowRun> {
  return runWorkflow(await readWorkflow(PAGES, change(await workflowText(PAGES))), {
    event: { name: 'schedule' },
    repository: repository.folder,
    cache: await warmCache(),
    vars: { values: { TIDEMILL_ENVIRONMENT: 'dev', ...values } },
    machineEnv: { TIDEMILL_NOW: NOW },
  });
}

describe('the history page', () => {
  it.each([{}, { TIDEMILL_PAGES: '' }, { TIDEMILL_PAGES: 'false' }])('is not published with %j', async (values) => {
    expect(resultsOf(await publish(values))).toEqual({ draw: 'skipped', publish: 'skipped' });
  });

  it('is drawn and published when the repository wants it', async () => {
    await run(repository, '2026-11-21T05:17:00Z', { event: { name: 'schedule' } });
    await run(repository, '2026-11-21T06:17:00Z', { event: { name: 'schedule' } });
    const ran = await publish({ TIDEMILL_PAGES: 'true' });
    expect(resultsOf(ran), logOf(ran)).toEqual({ draw: 'success', publish: 'success' });
    const { files } = ran.artifacts.get('github-pages')!;
    expect([...files.keys()]).toEqual(['index.html']);
    const page = await readFile(files.get('index.html')!, 'utf8');
    expect(page).toContain('No job needs attention');
    expect(page).toContain('1 done; 1 record;');
  });

  it('is drawn by a job that may not publish, and published by one that sees no bucket', async () => {
    const text = await workflowText(PAGES);
    const [draw = '', publishing = ''] = text.split('\n  publish:\n');
    expect(draw).not.toMatch(/pages: write/);
    expect(publishing).not.toMatch(/secrets\.|contents:|run:/);
    const ran = await publish({ TIDEMILL_PAGES: 'true' }, (all) => all.replace(/ +pages: write.*\n/, ''));
    expect(resultsOf(ran)).toMatchObject({ publish: 'failure' });
  });
});
