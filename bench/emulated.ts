import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * The bucket `gs://bench` on the loopback interface: of the server that TIDEMILL_TEST_GCS_URL names (`scripts/with-servers
 * npm run bench -- states`), or of the fake the tests use.
 */
export async function withEmulator<T>(action: (url: string) => Promise<T>): Promise<T> {
  const given = process.env['TIDEMILL_TEST_GCS_URL'];
  if (given === undefined) return withFake(action);
  const headers = { 'content-type': 'application/json' };
  await fetch(`${given}/storage/v1/b?project=none`, { method: 'POST', headers, body: '{"name":"bench"}' });
  return action(given);
}

async function withFake<T>(action: (url: string) => Promise<T>): Promise<T> {
  const program = fileURLToPath(new URL('emulator.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
    const [url] = (await once(lines, 'line')) as [string];
    return await action(url);
  } finally {
    child.kill();
  }
}
