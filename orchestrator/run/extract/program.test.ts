import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { outputOf } from './program.ts';

const { PATH } = process.env;

it('what hangs is ended with everything it started, and has said what it said', async () => {
  const begun = Date.now();
  const program = { command: 'echo begun; sleep 60 & sleep 60', cwd: tmpdir(), env: { PATH } };
  const { code, out, error } = await outputOf(program, 300);
  expect([code, out, error?.message]).toEqual([null, 'begun\n', expect.stringContaining('It was ended')]);
  expect(Date.now() - begun).toBeLessThan(10_000);
});
