/** Identities of runs as UUIDs that are made of their names: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5. Pure. */
import { createHash } from 'node:crypto';

/** Of URLs, as the RFC has it: what is hashed is one. */
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** The same for the same names, in that order; another for any others. */
export function runIdOf(...names: readonly string[]): string {
  const url = `tidemill:run/${names.map(encodeURIComponent).join('/')}`;
  const bytes = createHash('sha1').update(NAMESPACE).update(url).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
