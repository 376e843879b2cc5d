/** A process that is killed takes its browser along, which has seen none of its secrets. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { serve } from './visiting.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('./endless-visit.ts'));
const SECRET = 'a-secret-of-the-process';

const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child, ...childrenOf(child)] : []));

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A process that is at a page. */
async function start(url: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const program = spawn(process.execPath, [PROGRAM, url], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void program.kill('SIGKILL'));
  const [first] = await once(program.stdout, 'data');
  expect(String(first)).toBe('there\n');
  return program;
}

it('ends with the process that has started it, however that ends; what is left is removed a day later', async () => {
  await using site = await serve({ '/': '<p>a page' });
  const temporary = await mkdtemp(join(tmpdir(), 'tidemill-killed-'));
  const left = async (): Promise<string[]> =>
    (await readdir(temporary)).filter((name) => name.startsWith('tidemill-browser-'));
  const env = { ...process.env, TMPDIR: temporary, A_SECRET: SECRET };
  const program = await start(site.url, env);
  const browsers = childrenOf(program.pid ?? 0);
  expect(browsers.length).toBeGreaterThan(1);
  for (const pid of process.platform === 'linux' ? browsers : []) {
    expect(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).not.toContain(SECRET);
  }
  program.kill('SIGKILL');
  await expect.poll(() => browsers.filter(lives)).toEqual([]);
  const [folder = ''] = await left();
  expect(folder).toMatch(/^tidemill-browser-/);
  // What another run finds, whose clock says so.
  await utimes(join(temporary, folder), new Date('2026-11-01'), new Date('2026-11-01'));
  await start(site.url, env);
  expect(await left()).not.toContain(folder);
});
