/** Lists of the Web API: `limit` and `offset`, a link to what follows, and how many there are. */
import { type Complete, type Http, type Lines, nextLink, type Query } from '@tidemill/kit';
import { ListPage } from '../schema.ts';

/** The most that one request answers. */
export const LIMIT = 50;

/**
 * A list from its beginning, or from the `offset` of the query; returns the totals that its pages told. They differ when something
 * is added or removed meanwhile: that moves the others to other pages, and one may have been missed. And a list may end before
 * its total: https://github.com/spotify/web-api/issues/1327
 */
export async function* listOf(http: Http, path: string, query: Query = {}): AsyncGenerator<Lines, ReadonlySet<number>> {
  const totals = new Set<number>();
  yield* nextLink(
    http,
    path,
    { limit: LIMIT, ...query },
    {
      schema: ListPage,
      records: 'items',
      next({ next, total }) {
        if (typeof total === 'number') totals.add(total);
        return next;
      },
    },
  );
  return totals;
}

/** A list that is all there is. */
export async function* wholeList(http: Http, path: string): AsyncGenerator<Lines | Complete> {
  yield { complete: [...(yield* listOf(http, path))] };
}

/** Whether no total says that there are more, or fewer, than came. */
export const isWhole = (totals: ReadonlySet<number>, came: number): boolean =>
  [...totals].every((total) => total === came);
