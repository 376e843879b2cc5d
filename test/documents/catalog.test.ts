/** The page on the catalog, followed: its job, and its commands one after the other. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { expect, it, onTestFinished } from 'vitest';
import { project } from '../cli/project.ts';
import { sheetOf, startGoogleSheets } from '../fakes/google-sheets.ts';
import { startTodoist } from '../fakes/todoist.ts';
import { wordsOf } from './steps.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/catalog.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

it('has a job that is valid, and commands that do what they say', async () => {
  const [todoist, sheets] = await Promise.all([startTodoist(), startGoogleSheets()]);
  onTestFinished(async () => void (await Promise.all([todoist.close(), sheets.close()])));
  todoist.publish({ tasks: [{ id: '1', content: 'Water the plants', project_id: 'p' }] });
  sheets.publish({ spreadsheetId: 'plants', sheets: [sheetOf('Prices', [['name'], ['fern']])] });
  const [written = ''] = blocks('yaml');
  const services = {
    todoist: { base_url: todoist.baseUrl },
    google_sheets: { base_url: sheets.baseUrl, auth_url: sheets.authUrl },
  };
  const here = await project({
    'ingestion-config.yaml': [
      `services: ${JSON.stringify(services)}`,
      written,
      '  tasks: { service: todoist, data_type: tasks }',
      '  prices: { service: google_sheets, data_type: values, options: { spreadsheet_id: plants, ranges: [Prices] } }',
    ].join('\n'),
  });
  const env = { ...todoist.credentials, ...sheets.credentials, [STATE_KEY]: 'a key that is only here' };
  expect((await here.run(['validate'], { env })).exit).toBe(0);
  const commands = blocks('sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('npx tidemill'));
  expect(commands).toHaveLength(7);
  const said: string[] = [];
  for (const line of commands) {
    for (const [, , ...words] of wordsOf(line.replace(/ +# .*$/, ''))) {
      const { exit, stdout, stderr } = await here.run(words, { env });
      expect(exit, `${line}\n${stdout}${stderr}`).toBe(0);
      said.push(stdout);
    }
  }
  expect(said.join('')).toMatch(/todoist of User One.*service: todoist.*Water the plants.*Prices +A spreadsheet/s);
  const run = await here.run(['run', 'todoist_catalog', '--json'], { env });
  expect(run.json().results).toMatchObject([{ result: 'done', totals: { inserted: 7 } }]);
});
