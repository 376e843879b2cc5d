/** Lists of the Web API: `limit` and `offset`, and a link to what follows. */
import { type Http, type Lines, nextLink, type Query, TidemillError } from '@tidemill/kit';
import { ListPage } from '../schema.ts';

/** The most that one request answers. */
export const LIMIT = 50;

/** A list whose every page must have been cut from the same whole. */
export async function* wholeList(http: Http, path: string): AsyncGenerator<Lines> {
  const totals = new Set<number>();
  yield* nextLink(
    http,
    path,
    { limit: LIMIT },
    {
      schema: ListPage,
      records: 'items',
      next({ next, total }) {
        if (typeof total === 'number') totals.add(total);
        return next;
      },
    },
  );
  if (totals.size <= 1) return;
  // What is added or removed meanwhile moves the others to other pages: one may have been missed.
  throw new TidemillError('transient', 'list-changed', `${path} changed while it was read`, {
    hint: 'It is read again; nothing of this reading was loaded.',
  });
}

/** A list from the offset on. */
export const listFrom = (http: Http, path: string, query: Query): AsyncGenerator<Lines> =>
  nextLink(http, path, { limit: LIMIT, ...query }, { schema: ListPage, records: 'items', next: ({ next }) => next });
