/** `tidemill new-connector --kind singer`, with the tap that it names: what is printed is pasted, and each command typed in its turn. */
import { realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { pasted } from '../cli/pasted.ts';
import { project } from '../cli/project.ts';
import { query } from '../cli/silver.ts';
import { installed } from './project.ts';

const BIN = join(import.meta.dirname, '../../node_modules/.bin');

it('a tap becomes a connector, command by command as the checklist says', async () => {
  const here = await project({ 'ingestion-config.yaml': 'services:\njobs:\n', 'package.json': '{}' });
  const { stdout, exit } = await here.run(['new-connector', 'my_books', '--kind', 'singer']);
  expect(exit).toBe(0);
  here.write('ingestion-config.yaml', pasted(here.read('ingestion-config.yaml'), stdout));
  const uv = [installed('uv/bin'), dirname(realpathSync(installed('uv/bin/python3')))];
  const env = {
    PATH: [BIN, ...uv, process.env['PATH']].join(delimiter),
    HOME: process.env['HOME'] ?? '',
    ...{ UV_OFFLINE: '1', UV_CACHE_DIR: installed('cache') },
  };
  const [checklist = ''] = stdout.split(/^.*Make it yours/m);
  const commands = [...checklist.matchAll(/^ +npx tidemill (.*)$/gm)].map(([, command = '']) => command);
  expect(commands.map((command) => command.split(' ')[0])).toEqual([
    ...['validate', 'setup', 'catalog', 'catalog', 'catalog', 'run'],
  ]);
  const said: string[] = [];
  for (const command of commands) {
    const ran = await here.run(command.split(' '), { env });
    expect([command, ran.exit, ran.stderr.includes('who must act')]).toEqual([command, 0, false]);
    said.push(ran.stdout);
  }
  expect(said[4]).toContain('  columns:\n    id: bigint\n    name: text\n    updated_at: timestamptz\n');
  expect(await query(here, 'SELECT id, name FROM my_books.contacts ORDER BY id')).toEqual([
    ['1', 'Contact 1'],
    ['2', 'Contact 2'],
  ]);
});
