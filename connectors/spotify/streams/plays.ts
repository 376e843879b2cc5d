import { minus, parseLine, stream } from '@tidemill/kit';
import { PlayRow } from '../rows.ts';
import { Play, PlaysCursor, PlaysPage } from '../schema.ts';
import { trackColumns } from './columns.ts';
import { LIMIT } from './walk.ts';

/** A device that was offline reports its plays late, with the time they were played at. What comes twice, the key swallows. */
const OVERLAP = { hours: 24 };

export const recentlyPlayed = stream({
  name: 'recently_played',
  description: 'Tracks that were played, one row a play. Spotify knows the last 50 only.',
  source: Play,
  row: PlayRow,
  preview: true,
  key: ['played_at', 'track_uri'],
  indexes: ['track_id'],
  // A play is something that happened: what the track was called then stays as it was.
  write: 'append',
  method: 'api_json',
  oauthScopes: ['user-read-recently-played'],
  cursor: { version: 1, schema: PlaysCursor, start: { after: null } },
  examples: [
    {
      question: 'Which artists were played most?',
      sql: `SELECT artist_name, count(*) AS plays
FROM spotify.recently_played
GROUP BY artist_name
ORDER BY plays DESC, artist_name
LIMIT 10`,
    },
  ],
  async *extract({ http, cursor, now, notice }) {
    const known = cursor.after;
    const after = known === null ? undefined : minus(new Date(known), OVERLAP).getTime();
    // One request: nothing older than the last 50 plays is kept, so there is no second page.
    const { value, lines, url } = await http.json('me/player/recently-played', PlaysPage, {
      query: { limit: LIMIT, after },
      records: ['items'],
    });
    if (lines.items.length > 0) yield { lines: lines.items, url };
    // Without plays there are no cursors: what is known stays known.
    // A time to come would have every later run ask for what is not there yet.
    const told = Math.min(Number(value.cursors?.after ?? 0), now.getTime());
    const newest = Math.max(known ?? 0, told);
    if (newest > (known ?? 0)) yield { mark: { after: newest } };
    if (known !== null && newSince(known, lines.items) >= LIMIT)
      notice(`${LIMIT} new plays, all that Spotify keeps: earlier ones may be missing; run the job more often`);
  },
  toRow: (play) =>
    play === null
      ? []
      : {
          played_at: play.played_at,
          track_uri: play.track.uri,
          track_id: play.track.id ?? null,
          ...trackColumns(play.track),
          context_type: play.context?.type ?? null,
          context_uri: play.context?.uri ?? null,
        },
});

function newSince(known: number, plays: readonly Uint8Array[]): number {
  const times = plays.map((line) => (parseLine(line) as { played_at?: unknown } | null)?.played_at);
  return times.filter((time) => Date.parse(String(time)) > known).length;
}
