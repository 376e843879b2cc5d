/** New credentials that could not be handed on: those before them may be used up, so these must not end with the process. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { NewCredentials } from '@tidemill/kit';
import type { Terminal } from './host.ts';

/** Lays them into a new file that only its owner may read, or shows them to who sits at the terminal, and says so. */
export function rescue(host: Terminal, service: string, credentials: NewCredentials): void {
  const lines = Object.entries(credentials).map(([name, value]) => `${name}=${value}\n`);
  if (lines.length === 0) return;
  const names = Object.keys(credentials).join(', ');
  const path = [host.cwd, tmpdir()]
    .map((folder) => resolve(folder, `tidemill-${service}-${host.nonce}.env`))
    .find((candidate) => isWritten(host, candidate, lines.join('')));
  if (path !== undefined) {
    host.stderr.write(
      `What came of the sign-in could not be stored, and what there was before may be used up. Now in ${path}, which only you can read: ${names}\n`,
    );
  } else if (host.stderr.isLive) {
    host.stderr.write(`What came of the sign-in could not be stored. Keep it to yourself:\n\n${lines.join('')}\n`);
  } else {
    host.stderr.write(`What came of the sign-in could be stored nowhere, and is lost: ${names}\n`);
  }
}

function isWritten(host: Terminal, path: string, text: string): boolean {
  try {
    host.writeSecretFile(path, text);
    return true;
  } catch {
    return false;
  }
}
