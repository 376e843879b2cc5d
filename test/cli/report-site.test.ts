import { existsSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { configOf, project } from './project.ts';

const good = { cron: '0 * * * *', prints: [{ a: 1 }, { a: 2 }] };
const bad = { cron: '0 * * * *', command: [process.execPath, '--eval', 'process.exit(3)'], max_attempts: 1 };

const textsOf = (html: string, selector: string): (string | null)[] =>
  [...parseHTML(html).document.querySelectorAll(selector)].map((node) => node.textContent);

describe('tidemill report --site', () => {
  it('draws what the bucket remembers of the runs', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good, bad }) });
    for (const now of ['2026-11-21T06:30:00Z', '2026-11-21T07:10:00Z']) await here.run(['tick'], { now });
    const drawn = await here.run(['report', '--site', 'page', '--days', '3', '--json'], {
      now: '2026-11-21T07:30:00Z',
    });
    expect(drawn).toMatchObject({ exit: 0, stderr: '' });
    expect(drawn.json()).toMatchObject({ file: here.path('page', 'index.html'), days: 3, runs: 2 });
    const page = here.read('page/index.html');
    expect(textsOf(page, 'h1')).toEqual(['1 of 2 jobs needs attention: bad']);
    expect(textsOf(page, '.map tbody th')).toEqual(['good', 'bad']);
    expect(textsOf(page, '.map .done')).toEqual([expect.stringMatching(/^21 Nov 06:00: 1 done; 2 records; /)]);
    expect(textsOf(page, '[aria-labelledby=failures] tbody code')).toContain('command-failed');
    expect(textsOf(page, '[aria-labelledby=next] tbody th')).toEqual(['good', 'bad']);
  });

  it('says that nothing ran yet, of an empty bucket', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    const drawn = await here.run(['report', '--site', 'page']);
    expect(drawn).toMatchObject({ exit: 0, stdout: expect.stringMatching(/index\.html: 0 runs of 14 days, /) });
    expect(textsOf(here.read('page/index.html'), '.map .now')).toEqual(['freshness', '○ new']);
  });

  it.each(['0', '63', '1.5', 'all', '-1'])('refuses --days %s', async (days) => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    const refused = await here.run(['report', '--site', 'page', `--days=${days}`]);
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('days-invalid') });
    expect(existsSync(here.path('page'))).toBe(false);
  });

  it('asks for a subject when neither a run nor a page is named', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ good }) });
    expect(await here.run(['report'])).toMatchObject({ exit: 2, stderr: expect.stringContaining('report-subject') });
  });
});
