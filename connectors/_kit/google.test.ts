import { expect, test } from 'vitest';
import { z } from 'zod';
import { failureOf } from '../../test/fakes/http-client.ts';
import { googlePages } from './google.ts';

const List = z.object({ nextPageToken: z.string().optional() });

/** Reads to the end a list whose pages name these tokens; answers how many were read. */
async function pagesRead(tokenAfter: (page: number) => string | undefined): Promise<number> {
  let read = 0;
  const ask = async () => {
    read += 1;
    const data = { envelope: { nextPageToken: tokenAfter(read) }, lines: [] };
    return { data, config: { url: 'https://x.example/list' } };
  };
  for await (const _ of googlePages(ask, List));
  return read;
}

test('a list ends with the page that names no other', async () => {
  expect(await pagesRead((page) => (page < 3 ? `page-${page}` : undefined))).toBe(3);
});

test.each([
  ['whose token comes again', () => 'again', 'paging-loop'],
  ['without an end', (page: number) => `page-${page}`, 'paging-endless'],
])('a list %s is given up', async (_, tokenAfter, code) => {
  expect(await failureOf(pagesRead(tokenAfter))).toMatchObject({ kind: 'source-changed', code });
});
