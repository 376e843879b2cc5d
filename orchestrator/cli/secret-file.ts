import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file that only its owner may read and write, also when it was there before. */
export function writeSecretFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '', { mode: 0o600, flag: 'a' });
  // Before the secrets are in it: the mode above is only for a file that was not there.
  chmodSync(path, 0o600);
  writeFileSync(path, text);
}
