/** The page on crawls, followed: its job, and its commands one after the other. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { project } from '../cli/project.ts';
import { openBrightData } from '../fakes/brightdata-samples.ts';
import { wordsOf } from './steps.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/crawls.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

it('has a job that is valid, and commands that do what they say', async () => {
  const fake = await openBrightData();
  const [written = ''] = blocks('yaml');
  const here = await project({
    'ingestion-config.yaml': [
      'environments: { dev: { bucket: bucket, warehouse: dev.duckdb } }',
      `services: { brightdata: { base_url: "${fake.baseUrl}" } }`,
      written,
    ].join('\n'),
  });
  const run = (words: readonly string[]) =>
    here.run(words, { env: fake.credentials, now: new Date(fake.now).toISOString() });
  expect(await run(['validate'])).toMatchObject({ exit: 0 });
  // What a reader puts in the place of a name: what the command before has shown.
  const listed = (await run(['crawl', 'trigger', 'brand_posts', '--environment', 'dev', '--json'])).json().crawls;
  const second = (listed as { readonly crawl_id: string }[])[1];
  const commands = blocks('sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('npx tidemill'));
  expect(commands).toHaveLength(4);
  fake.pass(10 * 60_000);
  for (const line of commands) {
    const named = line.replace(' CRAWL ', ` ${second?.crawl_id} `);
    for (const [, , ...words] of wordsOf(named)) {
      const { exit, stdout, stderr } = await run(words);
      expect(exit, `${line}\n${stdout}${stderr}`).toBe(0);
      if (words[1] === 'trigger') fake.pass(10 * 60_000);
    }
  }
  const { rows } = (
    await run(['query', 'SELECT count(*) FROM brightdata.facebook_posts', '--environment', 'dev', '--json'])
  ).json();
  expect(Number(rows[0][0])).toBeGreaterThan(0);
});
