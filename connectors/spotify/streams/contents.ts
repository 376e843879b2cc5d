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

/** Reads a playlist; returns what it has, or undefined when Spotify shows that to nobody but its owner. */
type ReadContents = (playlist: string) => AsyncGenerator<Lines, Contents | undefined>;

/** Without it an episode would be null. */
const QUERY = { additional_types: 'track,episode' };

/**
 * `/items` took the place of `/tracks` in February 2026. Of some apps the one is refused, of others the other; the one that
 * answered last is asked first.
 */
export function contentsReader(http: Http): ReadContents {
  let names = ['items', 'tracks'];
  const open = async (id: string) => {
    for (const name of names) {
      const path = `playlists/${id}/${name}`;
      const query = { limit: LIMIT, ...QUERY };
      const answer = await http.json(path, ListPage, { query, records: ['items'], accept: [403, 404] });
      if (answer.value === undefined) continue;
      names = [name, ...names.filter((other) => other !== name)];
      return { path, ...answer };
    }
    return undefined;
  };
  return async function* read(id) {
    const first = await open(id);
    if (first === undefined) return undefined;
    const placed = placer(id);
    const { items: lines } = first.lines;
    yield placed({ lines, url: first.url });
    const { next, total } = first.value;
    const told = typeof total === 'number' ? [total] : [];
    const offset = lines.length;
    // Without items nobody can say where the next page begins.
    if (!next || offset === 0) return { items: offset, isWhole: !next && isWhole(new Set(told), offset) };
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
function placer(playlist_id: string): (page: Lines) => Lines {
  let position = 0;
  return ({ lines, url }) => ({
    url,
    lines: lines.map((entry) => jsonLine({ playlist_id, position: position++, entry })),
  });
}
