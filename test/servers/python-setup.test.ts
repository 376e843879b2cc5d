import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { project } from '../cli/project.ts';

/** A package without dependencies, as pip installs it from a file: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
const WHEEL = {
  'greet/__init__.py': "def greeting():\n    return 'hello'\n",
  'greet-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: greet\nVersion: 1.0\n',
  'greet-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  'greet-1.0.dist-info/RECORD': '',
};

it('a Python program finds what its service asks for, and not what the machine has not', async () => {
  const job = { service: 'shop', data_type: 'words', command: 'python3 fetch.py', columns: { word: 'text' } };
  const config = { services: { shop: { setup: { python: 'requirements.txt' } } }, jobs: { words: job } };
  const here = await project({
    'ingestion-config.yaml': JSON.stringify(config),
    'requirements.txt': './greet-1.0-py3-none-any.whl\n',
    'fetch.py': "import greet, json\nprint(json.dumps({'word': greet.greeting()}))\n",
    ...Object.fromEntries(Object.entries(WHEEL).map(([file, text]) => [`wheel/${file}`, text])),
  });
  const files = ['greet', 'greet-1.0.dist-info'];
  execFileSync('python3', ['-m', 'zipfile', '-c', '../greet-1.0-py3-none-any.whl', ...files], {
    cwd: here.path('wheel'),
  });
  const env = { PATH: process.env['PATH'] ?? '', HOME: here.folder };
  expect((await here.run(['run', 'words'], { env })).stdout).toContain('npx tidemill setup shop');
  const setup = await here.run(['setup', 'shop'], { env });
  expect([setup.exit, setup.stdout]).toEqual([0, expect.stringContaining('Successfully installed greet-1.0')]);
  const [result] = (await here.run(['run', 'words', '--json'], { env })).json().results;
  expect(result).toMatchObject({ result: 'done', totals: { inserted: 1 } });
});
