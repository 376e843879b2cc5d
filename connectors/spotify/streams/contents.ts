/** The items of a playlist, by whichever of two addresses answers. */
import { type Http, jsonLine, type Lines } from '@tidemill/kit';
import { ListPage } from '../schema.ts';
import { LIMIT, listFrom } from './walk.ts';

/** Reads a playlist; returns how many items it has, or undefined when Spotify shows them to nobody but their owner. */
type ReadContents = (playlist: string) => AsyncGenerator<Lines, number | undefined>;

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
    const offset = lines.length;
    if (!first.value.next || offset === 0) return offset;
    let items = offset;
    for await (const page of listFrom(http, first.path, { ...QUERY, offset })) {
      yield placed(page);
      items += page.lines.length;
    }
    return items;
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
