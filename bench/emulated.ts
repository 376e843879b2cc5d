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

/** The same bucket, with every answer so many milliseconds later. */
export const withFarEmulator = <T>(milliseconds: number, action: (url: string) => Promise<T>): Promise<T> =>
  withEmulator((url) => withProgram(new URL('far.ts', import.meta.url), [url, String(milliseconds)], action));

const withFake = <T>(action: (url: string) => Promise<T>): Promise<T> =>
  withProgram(new URL('emulator.ts', import.meta.url), [], action);

/** A program that prints the address at which it answers, for as long as the action takes. */
async function withProgram<T>(program: URL, args: readonly string[], action: (url: string) => Promise<T>): Promise<T> {
  const command = [fileURLToPath(program), ...args];
  const child: ChildProcess = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
    const [url] = (await once(lines, 'line')) as [string];
    return await action(url);
  } finally {
    child.kill();
  }
}
