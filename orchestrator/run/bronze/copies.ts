/** Artifacts that lie under a second key, where people and other programs look for them. */
import { OWN_FOLDERS, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { isKey } from '../../storage/keys.ts';
import type { Commit } from './kept.ts';

/**
 * The artifact of a package that is closed lies under the key, too. Created once: whoever died before its commit has left it as it
 * would be now. Throws `copy-key`.
 */
export async function copyArtifact(
  bucket: Bucket,
  pack: Commit['package'],
  { artifact, key }: { readonly artifact: string; readonly key: string },
): Promise<void> {
  if (!isKey(key) || OWN_FOLDERS.has(key.split('/', 1)[0] ?? '')) {
    throw new TidemillError('config', 'copy-key', `"${key}" is no place for a copy in the bucket`, {
      hint: 'Correct the path template in the options of the job. Folders of Tidemill are not for copies.',
    });
  }
  const from = pack?.manifest.replace(/manifest\.json$/, `artifacts/${artifact}`);
  const stored = from === undefined ? undefined : await bucket.read(from);
  if (stored === undefined)
    throw new TidemillError('bug', 'copy-missing', `The connector copies ${artifact}, which it did not yield`);
  await bucket.write(key, stored.body, { contentType: 'application/json; charset=utf-8', onlyIf: 'absent' });
}
