/** Gives the whole test run one temporary folder, and removes it: no test leaves anything on the machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-test-'));
  // Read by `os.tmpdir()` in the workers, which start with this process's environment.
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
