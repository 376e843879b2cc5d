import { listingEndless } from './errors.ts';

/** One page of a listing, and the token of the next one if there is one. */
interface Answer<Page> {
  readonly page: Page;
  readonly next: string | undefined;
}

/** The pages of a listing, one after the other. Throws `bucket-listing` when a token comes back: that never ends. */
export async function* pagesOf<Page>(
  url: string,
  ask: (token: string | undefined) => Promise<Answer<Page>>,
): AsyncIterable<Page> {
  const asked = new Set<string>();
  let token: string | undefined;
  do {
    const { page, next } = await ask(token);
    yield page;
    if (next !== undefined && asked.has(next)) throw listingEndless(url);
    if (next !== undefined) asked.add(next);
    token = next;
  } while (token !== undefined);
}
