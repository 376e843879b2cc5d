/** The items of a playlist, by whichever of two addresses answers. */
import { type Http, jsonLine, type Lines } from '@tidemill/kit';
import { ListPage } from '../schema.ts';
import { isWhole, LIMIT, listOf } from './walk.ts';

interface Contents {
  /** How many came. */
  readonly items: number;
  /** They are all that Spotify says there are. */
  readonly isWhole: boolean;
}

/**
 * Reads a playlist from an item on, page by page; returns what it has, or undefined when Spotify shows that to nobody but its
 * owner.
 */
type ReadContents = (playlist: string, begun: number) => AsyncGenerator<Lines, Contents | undefined>;

/** Without it an episode would be null. */
const QUERY = { additional_types: 'track,episode' };

/**
 * `/items` took the place of `/tracks` in February 2026. Of some apps the one is refused, of others the other; the one that
 * answered last is asked first.
 */
export function contentsReader(http: Http): ReadContents {
  let names = ['items', 'tracks'];
  const open = async (id: string, begun: number) => {
    for (const name of names) {
      const path = `playlists/${id}/${name}`;
      const query = { limit: LIMIT, ...QUERY, ...(begun > 0 ? { offset: begun } : {}) };
      const answer = await http.json(path, ListPage, { query, records: ['items'], accept: [403, 404] });
      if (answer.value === undefined) continue;
      names = [name, ...names.filter((other) => other !== name)];
      return { path, ...answer };
    }
    return undefined;
  };
  return async function* read(id, begun) {
    const first = await open(id, begun);
    if (first === undefined) return undefined;
    const placed = placer(id, begun);
    const { items: lines } = first.lines;
    yield placed({ lines, url: first.url });
    const { next, total } = first.value;
    const told = typeof total === 'number' ? [total] : [];
    const offset = begun + lines.length;
    // Without items nobody can say where the next page begins.
    if (!next || lines.length === 0) return { items: offset, isWhole: !next && isWhole(new Set(told), offset) };
    const rest = listOf(http, first.path, { ...QUERY, offset });
    let items = offset;
    for (let page = await rest.next(); ; page = await rest.next()) {
      if (page.done === true) return { items, isWhole: isWhole(new Set([...told, ...page.value]), items) };
      yield placed(page.value);
      items += page.value.lines.length;
    }
  };
}

/** An entry says neither its playlist nor its place. */
function placer(playlist_id: string, begun: number): (page: Lines) => Lines {
  let position = begun;
  return ({ lines, url }) => ({
    url,
    lines: lines.map((entry) => jsonLine({ playlist_id, position: position++, entry })),
  });
}
