import { expect, it } from 'vitest';
import { startProcess } from './subprocess.ts';

it.runIf(process.platform !== 'win32')('has ended when it has, whoever else still holds its pipes', async () => {
  const heard: string[] = [];
  const listener = { out: (text: string) => void heard.push(text), err: () => undefined };
  const script = '(sleep 60; echo late) & echo "of the other: $!"; kill -9 $$';
  const startedAt = performance.now();
  const { ended } = startProcess(['sh', '-c', script], { cwd: '.', env: process.env }, listener);
  expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(performance.now() - startedAt).toBeLessThan(40_000);
  const [, other = ''] = /^of the other: (\d+)\n$/.exec(heard.join('')) ?? [];
  process.kill(Number(other));
});
