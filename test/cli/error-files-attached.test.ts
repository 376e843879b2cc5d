/** What an error brings along lies beside the file about its run. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { project } from './project.ts';

it('are left beside the file about the run, without its secrets; what is no file or too large is only named', async () => {
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({
      services: { attached: { package: '@example/attached' } },
      jobs: { pages: { service: 'attached', data_type: 'pages' } },
    }),
  });
  const env = { ATTACHED_LOGIN: 'a-login-of-somebody' };
  const { exit } = await here.run(['run', 'pages', '--run-id', 'r1', '--error-dir', 'errors'], { env });
  expect(exit).toBe(5);
  expect(readdirSync(here.path('errors')).sort()).toEqual([
    'pages.manual-r1.json',
    'pages.manual-r1.page.html',
    'pages.manual-r1.page.png',
  ]);
  expect(here.read('errors/pages.manual-r1.page.html')).toBe('<html><body class="***"></body></html>');
  expect(readFileSync(here.path('errors/pages.manual-r1.page.png'))).toEqual(Buffer.alloc(1000, 7));
  const { attachments, result } = JSON.parse(here.read('errors/pages.manual-r1.json'));
  expect(attachments).toEqual([
    { name: 'page.html', content_type: 'text/html', bytes: 38 },
    { name: 'page.png', content_type: 'image/png', bytes: 1000 },
    { name: 'large.txt', content_type: 'text/plain', bytes: 3 * 2 ** 20, left_out: 'it has more than 2097152 bytes' },
    { name: '../elsewhere.txt', content_type: 'text/plain', bytes: 7, left_out: 'it has no name of a file' },
  ]);
  // Neither events nor results hold them.
  expect(JSON.stringify(result)).not.toMatch(/page\.html|attachments/);
});
