/** Files that are packed: by gzip, or as the members of a zip archive. Both are known by their first bytes, whatever they are called. */
import { begun, Spool, type Spooled, TidemillError, unpackedPieces, withCrc32 } from '@tidemill/kit';
import { type Entry, openPromise } from 'yauzl';
import { notSound, unpacksTooFar } from './faults.ts';
import { patternOf } from './options.ts';

/** A file that is not packed. */
export interface Plain {
  /** Of a member: that of the archive, a slash, and its own. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7 and 4.3.16 */
const ZIP = [Buffer.from('PK\x03\x04', 'latin1'), Buffer.from('PK\x05\x06', 'latin1')];

/** No text packs that well: what does is made to fill disks, or of nothing but blanks. */
const MOST_TIMES = 200;
/** What is smaller harms nobody. */
const HARMLESS = 2 ** 28;

/** The file, or the members of the archive whose names fit the pattern, in its order. `spooled` is the same on a disk, where it is. */
export async function* plainFiles(
  { name, bytes, spooled }: Plain & { readonly spooled?: Spooled },
  members: string,
): AsyncGenerator<Plain> {
  const { head, all } = await begun(bytes, 4);
  if (!ZIP.some((mark) => head.subarray(0, 4).equals(mark))) {
    yield { name, bytes: unpacked(all, name) };
    return;
  }
  if (spooled !== undefined) {
    await all[Symbol.asyncIterator]().return?.();
    return yield* membersOf(spooled.path, name, members);
  }
  const spool = await Spool.open('zip');
  try {
    yield* membersOf((await spool.keep(all)).path, name, members);
  } finally {
    await spool.close();
  }
}

function unpacked(pieces: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array> {
  let packed = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      packed += piece.length;
      yield piece;
    }
  };
  return bounded(unpackedPieces(counted(), name), () => packed, name);
}

async function* bounded(
  pieces: AsyncIterable<Uint8Array>,
  packed: () => number,
  name: string,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > HARMLESS && length > packed() * MOST_TIMES) throw unpacksTooFar(name);
    yield piece;
  }
}

async function* membersOf(path: string, name: string, pattern: string): AsyncGenerator<Plain> {
  const broken = (error: unknown): never => {
    if (error instanceof TidemillError) throw error;
    throw notSound(
      name,
      `is no zip archive that can be read${isClimbing(error) ? ': a name in it leads out of it' : ''}`,
    );
  };
  const zip = await openPromise(path, { autoClose: false, strictFileNames: true }).catch(broken);
  const isWanted = patternOf(pattern);
  let found = 0;
  try {
    const entries = zip.eachEntry();
    for (let next = await entries.next().catch(broken); next.done !== true; next = await entries.next().catch(broken)) {
      const entry = next.value;
      if (entry.fileName.endsWith('/') || !isWanted.test(entry.fileName)) continue;
      found += 1;
      if (entry.uncompressedSize > HARMLESS && entry.uncompressedSize > entry.compressedSize * MOST_TIMES)
        throw unpacksTooFar(name);
      const member = `${name}/${entry.fileName}`;
      const bytes = await zip.openReadStreamPromise(entry).catch(broken);
      yield { name: member, bytes: unpacked(whole(bytes, entry, member, broken), member) };
    }
  } finally {
    zip.close();
  }
  if (found === 0) throw notSound(name, `has no member that fits ${pattern}`);
}

/** yauzl says it in its message alone. */
const isClimbing = (error: unknown): boolean =>
  /relative path|absolute path|characters in fileName/.test(error instanceof Error ? error.message : '');

/** yauzl compares the size of a member, and leaves its checksum to us. */
async function* whole(
  bytes: AsyncIterable<Uint8Array>,
  { crc32 }: Entry,
  member: string,
  broken: (error: unknown) => never,
): AsyncGenerator<Uint8Array> {
  try {
    yield* withCrc32(bytes, crc32, () => {
      throw notSound(member, 'has another checksum than its archive says');
    });
  } catch (error) {
    broken(error);
  }
}
