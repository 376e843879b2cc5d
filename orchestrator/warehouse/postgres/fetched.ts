/** Rows of a cursor, a portion at a time, so that memory does not grow with them. */
import type { Answer, Session } from './session.ts';

/** The server is asked for as many rows as have about so many characters; of the first ones nobody knows how wide they are. */
const PORTION_CHARS = 1_000_000;
const FIRST_ROWS = 20;
const MOST_ROWS = 1_000;

/** At least one answer, if need be without rows: it has the columns. */
export async function* fetched(session: Session, cursor: string): AsyncGenerator<Answer, undefined> {
  for (let atOnce = FIRST_ROWS; ; ) {
    const answer = await session.ask(`FETCH ${atOnce} FROM ${cursor}`);
    yield answer;
    if (answer.rows.length < atOnce) return;
    atOnce = nextPortion(answer);
  }
}

function nextPortion({ rows }: Answer): number {
  const chars = rows.reduce((sum, row) => row.reduce((width, value) => width + (value?.length ?? 0), sum), 1);
  return Math.max(1, Math.min(MOST_ROWS, Math.floor((PORTION_CHARS / chars) * rows.length)));
}
