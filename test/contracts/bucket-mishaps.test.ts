import { TidemillError } from '@tidemill/kit/errors';
import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { bucketContract } from './bucket.ts';
import { bytes, JSON_TYPE } from './bucket-check.ts';
import { answersLostEverywhere, type BucketTrial, killedEverywhere } from './bucket-mishaps.ts';

bucketContract('a bucket in memory', async () => new MemoryBucket());

const PAGE = 'page/1';

async function* page() {
  yield bytes('one, ');
  yield bytes('two');
}

/** A page and then the index that names it, of which one by a name that is left over is removed before. */
async function publish(bucket: Bucket): Promise<void> {
  await bucket.remove('page/0');
  await bucket.write(PAGE, page(), JSON_TYPE);
  await bucket.write('index', bytes(PAGE), JSON_TYPE);
}

/** What the index names is there and whole; and one more run leaves both. */
async function isWhole(bucket: Bucket): Promise<void> {
  const named = await readText(bucket, 'index');
  if (named !== undefined) expect((await readText(bucket, named.text))?.text).toBe('one, two');
  await publish(bucket);
  expect((await Array.fromAsync(bucket.list(''))).map(({ key }) => key)).toEqual(['index', PAGE]);
}

const trialOf = (run: BucketTrial['run']): BucketTrial => ({
  open: async () => {
    const bucket = new MemoryBucket();
    await bucket.write('page/0', bytes('old'), JSON_TYPE);
    return bucket;
  },
  run,
  look: isWhole,
});

describe('a run that publishes in order', () => {
  it('may be killed before and after each of its changes, and amid a stream', async () => {
    expect(await killedEverywhere(trialOf(publish))).toBe(7);
  });

  it('may lose the answer to each of its writes', async () => {
    expect(await answersLostEverywhere(trialOf(publish))).toBe(2);
  });

  it('has an answer that is lost although the write is carried out', async () => {
    const told: unknown[] = [];
    const run = async (bucket: Bucket): Promise<void> => {
      await bucket.write(PAGE, page(), JSON_TYPE).catch((error: unknown) => told.push(error));
      told.push((await readText(bucket, PAGE))?.text);
    };
    await answersLostEverywhere({ ...trialOf(run), look: async () => undefined });
    expect(told).toEqual([expect.objectContaining({ code: 'bucket-write-unknown' }), 'one, two', 'one, two']);
  });
});

describe('it is found where', () => {
  const backwards = async (bucket: Bucket): Promise<void> => {
    await bucket.write('index', bytes(PAGE), JSON_TYPE);
    await publish(bucket);
  };
  const notAgain = async (bucket: Bucket): Promise<void> => {
    const written = await bucket.write(PAGE, page(), JSON_TYPE).catch((cause: unknown) => {
      throw new TidemillError('bug', 'page-twice', 'the page is not written', { cause });
    });
    expect(written).toBeDefined();
  };

  it('a run names what is not there yet', async () => {
    await expect(killedEverywhere(trialOf(backwards))).rejects.toThrow(/^killed after write index: /);
  });

  it('a bucket keeps half of a stream', async () => {
    const halving = (bucket: Bucket): Bucket => ({
      url: bucket.url,
      read: (key, options) => bucket.read(key, options),
      list: (prefix) => bucket.list(prefix),
      remove: (key) => bucket.remove(key),
      check: () => bucket.check(),
      async write(key, body, options) {
        const pieces: Uint8Array[] = [];
        const note = async (): Promise<void> => {
          for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
        };
        if (body instanceof Uint8Array) return bucket.write(key, body, options);
        const failure = await note().catch((error: unknown) => error);
        const written = await bucket.write(key, Buffer.concat(pieces.slice(0, failure ? 1 : 2)), options);
        if (failure) throw failure;
        return written;
      },
    });
    const { open, run } = trialOf(publish);
    const look = async (bucket: Bucket): Promise<void> => {
      const found = (await readText(bucket, PAGE))?.text ?? 'one, two';
      expect(found).toBe('one, two');
    };
    await expect(killedEverywhere({ open: async () => halving(await open()), run, look })).rejects.toThrow(
      /^killed after the first piece of page\/1: /,
    );
  });

  it('a lost answer is told as something that somebody must mend', async () => {
    await expect(answersLostEverywhere(trialOf(notAgain))).rejects.toThrow(/^the answer to write page\/1 was lost: /);
  });

  it('a run fails by itself, or changes nothing', async () => {
    const failing = trialOf(() => Promise.reject(new RangeError('mine')));
    await expect(killedEverywhere(failing)).rejects.toThrow('mine');
    await expect(answersLostEverywhere(failing)).rejects.toThrow('mine');
    const idle = trialOf(async () => undefined);
    await expect(killedEverywhere(idle)).rejects.toThrow('changes nothing');
  });
});
