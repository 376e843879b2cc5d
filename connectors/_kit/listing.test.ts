import { describe, expect, it } from 'vitest';
import { TidemillError } from './errors.ts';
import { goOn } from './listing.ts';

/** Pages up to 4, from a given one on; fails with the error when it is to begin elsewhere than at the first. */
const pages = (refusal?: unknown, fails = 2) =>
  async function* walk(from: string | undefined): AsyncGenerator<number, string> {
    for (let page = Number(from ?? 1); page <= 4; page += 1) {
      if (refusal !== undefined && from !== undefined && page === fails) throw refusal;
      yield page;
    }
    return 'the last envelope';
  };

async function said(resume: string | undefined, walk: ReturnType<typeof pages>) {
  const found: unknown[] = [];
  const going = goOn(resume, walk);
  for (let step = await going.next(); ; step = await going.next()) {
    if (step.done === true) return [...found, step.value];
    found.push(step.value);
  }
}

const refused = (kind: TidemillError['kind']) => new TidemillError(kind, 'refused', 'refused');

describe('a listing that goes on', () => {
  it('begins with the page it is told, or with the first', async () => {
    expect(await said(undefined, pages())).toEqual([1, 2, 3, 4, 'the last envelope']);
    expect(await said('3', pages())).toEqual([3, 4, 'the last envelope']);
  });

  it.each([refused('source-changed'), refused('config'), new SyntaxError('no JSON')])(
    'begins everything anew, and says so, where its place is refused: %s',
    async (refusal) => {
      expect(await said('2', pages(refusal))).toEqual([{ everything: true }, 1, 2, 3, 4, 'the last envelope']);
    },
  );

  it.each(['transient', 'quota', 'auth'] as const)(
    'fails with what has nothing to do with the place: %s',
    async (kind) => {
      await expect(said('2', pages(refused(kind)))).rejects.toThrow('refused');
    },
  );

  it('fails with what goes wrong later', async () => {
    await expect(said('2', pages(refused('source-changed'), 3))).rejects.toThrow('refused');
  });
});
