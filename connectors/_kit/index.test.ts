import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** What of undici a fresh process has loaded after these imports. */
async function undiciAfter(...modules: readonly string[]): Promise<string[]> {
  const script = `
    for (const name of ${JSON.stringify(modules)}) await import(name);
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(process.cwd() + '/').cache).filter((path) => /[\\\\/]undici[\\\\/]/.test(path));
    console.log(JSON.stringify(loaded));`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd });
  return JSON.parse(stdout) as string[];
}

test('a connector that makes no request never loads undici', async () => {
  const [kit, transport] = await Promise.all([
    undiciAfter('@tidemill/kit'),
    undiciAfter('@tidemill/kit', '@tidemill/kit/http-transport'),
  ]);
  expect(kit).toEqual([]);
  // The same look does find it where it is.
  expect(transport).not.toEqual([]);
});
