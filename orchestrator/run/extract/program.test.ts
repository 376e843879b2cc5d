import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { outputOf } from './program.ts';

const { PATH } = process.env;

it('what hangs is ended with everything it started, and has said what it said', async () => {
  // Longer than a test may take: one that is not ended is one that fails.
  const program = { command: 'echo begun; sleep 600 & sleep 600', cwd: tmpdir(), env: { PATH } };
  const { code, out, error } = await outputOf(program, 300);
  expect([code, out, error?.message]).toEqual([null, 'begun\n', expect.stringContaining('It was ended')]);
});
