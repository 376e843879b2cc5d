import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withLines } from './env-file.ts';

const VALUES = {
  PLAIN: 'refresh-1.a_b~c/d+e==',
  JSON: '{"di_token":"a b","di_refresh_token":"$HOME `x` \\\\ #"}',
  URL: 'http://127.0.0.1:8898/callback',
  EMPTY: '',
};

it('is read by Node as it was written', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tidemill-env-')), '.env');
  writeFileSync(file, withLines('', VALUES));
  const print = `process.stdout.write(JSON.stringify(${JSON.stringify(Object.keys(VALUES))}.map((name) => process.env[name])))`;
  const read = execFileSync(process.execPath, [`--env-file=${file}`, '-e', print], { env: {} });
  expect(JSON.parse(read.toString())).toEqual(Object.values(VALUES));
});

it.runIf(process.platform !== 'win32')('is read by a shell as it was written', () => {
  const print = Object.keys(VALUES).map((name) => `"$${name}"`);
  const script = `${withLines('', VALUES)}\nprintf '%s\\n' ${print.join(' ')}`;
  expect(execFileSync('sh', ['-c', script], { env: {} }).toString().split('\n')).toEqual([
    ...Object.values(VALUES),
    '',
  ]);
});

it('puts a value in the place of an older one, and leaves the rest alone', () => {
  const before = "# mine\nA=1\nexport B='old'\nB_TOO=2\n\nA=2";
  expect(withLines(before, { B: 'new', A: '3', C: '4' })).toBe('# mine\nA=1\nB=new\nB_TOO=2\n\nA=3\nC=4\n');
});

it.each(["it's", 'two\nlines'])('refuses what it could not write without harm: %j', (value) => {
  expect(() => withLines('', { A: value })).toThrow('The value of A cannot be written as one line');
});
