/**
 * A folder as a bucket. Objects are plain files at their key; a write appears whole, by renaming a finished file,
 * and preconditions are checked under a lock that all processes on the machine share.
 */
import { randomUUID } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';
import type { Bucket, OpenBucket, Precondition, StoredObject, WriteOptions } from '../contract.ts';
import { checkKey } from '../keys.ts';
import { checkRange, type Span, spanOf } from '../range.ts';
import { withLock } from './lock.ts';

/** The driver's own files, never listed: unfinished writes and the lock. */
const OWN_FOLDER = '.tidemill-bucket';

const SMALL_BYTES = 64 * 1024;

export default (({ location }) => openLocalBucket(location)) satisfies OpenBucket;

export function openLocalBucket(root: string): Bucket {
  const own = join(root, OWN_FOLDER);
  const pathOf = (key: string): string => join(root, ...checkKey(key).split('/'));

  return {
    url: pathToFileURL(root).href,

    async read(key, { range, version } = {}) {
      const path = pathOf(key);
      checkRange(range);
      const file = await attempt(root, async () => openSync(path, 'r'), 'ENOENT', 'ENOTDIR');
      if (file === undefined) return undefined;
      const facts = fstatSync(file, { bigint: true });
      const object = describe(key, facts);
      const isAsked = version === undefined || version === object.version;
      if (facts.isFile() && isAsked) return { ...object, body: bodyOf(file, spanOf(range, object.bytes)) };
      closeSync(file);
      if (facts.isFile()) return undefined;
      throw inTheWay(path);
    },

    async write(key, body, options) {
      const path = pathOf(key);
      const unfinished = join(own, randomUUID());
      let isInPlace = false;
      try {
        await mkdirFor(root, own);
        await mkdirFor(root, dirname(path));
        const facts = await writeFile(root, unfinished, body);
        isInPlace = putInPlace(own, unfinished, path, options);
        return isInPlace ? describe(key, facts) : undefined;
      } finally {
        // What could not be written need not be removed either; the first error is the one that tells.
        if (!isInPlace) await rm(unfinished, { force: true }).catch(() => undefined);
      }
    },

    list: (prefix) => walk(root, prefix),

    async remove(key) {
      await attempt(root, () => rm(pathOf(key)), 'ENOENT');
    },

    async check() {
      await mkdirFor(root, own);
      const probe = join(own, randomUUID());
      await writeFile(root, probe, new Uint8Array(0));
      await rm(probe, { force: true });
    },
  };
}

/**
 * Little is read at once, without a detour over Node's thread pool: a plan looks at thousands of job states. The file
 * stays as it is: a write makes another one.
 */
function bodyOf(file: number, { from, to }: Span): AsyncIterable<Uint8Array> {
  if (to - from > SMALL_BYTES) return createReadStream('', { fd: file, start: from, end: to - 1 });
  try {
    const bytes = new Uint8Array(to - from);
    return inOnePiece(bytes.subarray(0, readSync(file, bytes, { position: from })));
  } finally {
    closeSync(file);
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Renames the finished file to its place if the precondition holds. */
function putInPlace(own: string, unfinished: string, path: string, { onlyIf }: WriteOptions): boolean {
  if (onlyIf === undefined) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw inTheWay(path);
    renameSync(unfinished, path);
    return true;
  }
  return withLock(join(own, 'lock'), () => {
    const current = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (current?.isDirectory()) throw inTheWay(path);
    if (!holds(onlyIf, current)) return false;
    renameSync(unfinished, path);
    return true;
  });
}

function holds(onlyIf: Precondition, current: BigIntStats | undefined): boolean {
  if (onlyIf === 'absent') return current === undefined;
  return current !== undefined && versionOf(current) === onlyIf.version;
}

/** Every write makes a new file: another inode, or at least another nanosecond. */
const versionOf = (facts: BigIntStats): string => `${facts.mtimeNs}-${facts.ino}-${facts.size}`;

const describe = (key: string, facts: BigIntStats): StoredObject => ({
  key,
  version: versionOf(facts),
  bytes: Number(facts.size),
  updatedAt: facts.mtime,
});

/**
 * Writes and flushes to disk, so that a finished file survives a power cut. Of little only the flush is waited for: each detour over
 * Node's thread pool costs as much as writing it does.
 */
async function writeFile(
  root: string,
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<BigIntStats> {
  const handle = await open(path, 'wx').catch((error) => refuse(root, error));
  try {
    if (body instanceof Uint8Array) await writeWhole(root, handle, body);
    else for await (const chunk of body) await handle.writeFile(chunk).catch((error) => refuse(root, error));
    await handle.sync().catch((error) => refuse(root, error));
    return fstatSync(handle.fd, { bigint: true });
  } finally {
    await handle.close();
  }
}

async function writeWhole(root: string, handle: FileHandle, body: Uint8Array): Promise<void> {
  try {
    if (body.length > SMALL_BYTES) await handle.writeFile(body);
    else writeFileSync(handle.fd, body);
  } catch (error) {
    refuse(root, error);
  }
}

async function mkdirFor(root: string, folder: string): Promise<void> {
  await attempt(root, async () => makeFolder(folder));
}

/** Keys in UTF-16 order: a folder sorts as its name with the `/` that its keys have there. */
async function* walk(root: string, prefix: string, folder = ''): AsyncIterable<StoredObject> {
  const entries = (await attempt(root, () => readdir(join(root, folder), { withFileTypes: true }), 'ENOENT')) ?? [];
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  for (const name of names.sort()) {
    const key = folder + name;
    if (key === `${OWN_FOLDER}/`) continue;
    if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
    if (name.endsWith('/')) yield* walk(root, prefix, key);
    else {
      const facts = await attempt(root, () => stat(join(root, key), { bigint: true }), 'ENOENT');
      if (facts !== undefined && key.startsWith(prefix)) yield describe(key, facts);
    }
  }
}

/** The result, or undefined for the listed system errors; any other becomes an error that says who must act. */
async function attempt<T>(root: string, action: () => Promise<T>, ...fine: string[]): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (fine.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    return refuse(root, error);
  }
}

/** Neither an object nor the lack of one: it could never be written, and who waits for that would wait for ever. */
const inTheWay = (path: string): TidemillError =>
  new TidemillError('config', 'bucket-key-folder', `${path} is to be an object of the bucket, and is a folder`, {
    hint: 'Move it away. Nothing was changed.',
  });

function refuse(root: string, cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      throw new TidemillError('config', 'disk-full', `No space left for the bucket ${root}`, {
        hint: 'Free some space (or see `ulimit -f`), or put the bucket on another disk. Nothing was lost: the next run goes on from here.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      throw new TidemillError('config', 'bucket-not-writable', `The bucket ${root} cannot be used (${code})`, {
        hint: 'It must be a folder that this user may read and write.',
        cause,
      });
    default:
      throw cause;
  }
}
