import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configOf, project } from './project.ts';

const env = { MY_TOKEN: 'very_secret_token' };
const failing = {
  command: 'echo "refused: $MY_TOKEN" >&2; exit 3',
  dependencies: ['MY_TOKEN'],
  description: `somebody wrote ${env.MY_TOKEN} here`,
};
const jobs = { good: { prints: [{ id: 1 }] }, failing, unmet: { prints: [], expect: { min_records: 1 } } };

describe('files that explain red runs', () => {
  it('are left for red jobs only, where the option or the variable says', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf(jobs) });
    const ran = await here.run(['run', 'good', 'failing', 'unmet', '--run-id', 'r1', '--error-dir', 'errors'], { env });
    expect(ran.exit).not.toBe(0);
    expect(readdirSync(here.path('errors')).sort()).toEqual(['failing.manual-r1.json', 'unmet.manual-r1.json']);
    await here.run(['run', 'failing', '--run-id', 'r2'], { env: { ...env, TIDEMILL_ERROR_DIR: here.path('other') } });
    expect(readdirSync(here.path('other'))).toEqual(['failing.manual-r2.json']);
  });

  it('say what failed and where the job stands, without the value of what it depends on', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf(jobs) });
    await here.run(['run', 'failing', '--run-id', 'r1', '--error-dir', 'errors'], { env });
    const text = here.read('errors/failing.manual-r1.json');
    expect(JSON.parse(text)).toMatchObject({
      versions: { node: process.version, tidemill: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      result: { job: 'failing', failure: { code: 'command-failed', who: expect.any(String) } },
      job: { id: 'failing', dependencies: ['MY_TOKEN'] },
      state: { job: 'failing' },
    });
    expect(text).toContain('refused: ***');
    expect(text).not.toContain(env.MY_TOKEN);
  });

  it('are not the only place without it: result, record and summary have none either', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf(jobs) });
    const ran = await here.run(['run', 'failing', '--run-id', 'r1', '--json'], {
      env: { ...env, GITHUB_ACTIONS: 'true' },
    });
    const reported = await here.run(['report', '--run-id', 'r1', '--json']);
    for (const text of [ran.stdout, reported.stdout, ran.runner.summary]) {
      expect(text).toContain('somebody wrote');
      expect(text).not.toContain(env.MY_TOKEN);
    }
  });

  it('name the connector and its version, and that no plan had asked for the run', async () => {
    const jobs = { tasks: { service: 'todoist', data_type: 'tasks' } };
    const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services: { todoist: {} }, jobs }) });
    await here.run(['run', 'tasks', '--run-id', 'r1', '--error-dir', 'errors']);
    const { versions, decision, result } = JSON.parse(here.read('errors/tasks.manual-r1.json'));
    expect(versions.connector).toMatch(/^@tidemill\/todoist \d+\.\d+\.\d+/);
    expect([decision, result.failure.code]).toEqual([undefined, 'credentials-missing']);
  });

  it('are none when nobody asks for them', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf(jobs) });
    await here.run(['run', 'failing'], { env });
    expect(readdirSync(here.folder).sort()).toEqual(['.tidemill', 'ingestion-config.yaml']);
  });
});
