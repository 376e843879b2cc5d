/** Work that tells what happens while it lasts, as an async iterable. */
import type { TidemillError } from '@tidemill/kit';
import { observers } from '../events/observers.ts';
import type { Observer, RunEvent } from '../events/run-event.ts';

/** Begins with the first `next()`; the answer is what the generator returns. */
export type Stream<Answer> = AsyncGenerator<RunEvent, Answer, undefined>;

type Work<Answer> = (tell: (event: RunEvent) => void, over: AbortSignal) => Promise<Answer>;

/**
 * What `work` tells, in its order. The work waits for nobody: events that are not read yet are kept in memory. `over` is
 * aborted at the end, and when somebody stops reading before it, who then waits until the work has ended in order.
 */
export async function* streamOf<Answer>(work: Work<Answer>): Stream<Answer> {
  const over = new AbortController();
  const unread: RunEvent[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  const answer = work((event) => {
    unread.push(event);
    wake();
  }, over.signal).finally(() => {
    isOver = true;
    wake();
  });
  try {
    // Awaited below, or by whoever goes away.
    answer.catch(() => undefined);
    for (;;) {
      yield* unread.splice(0);
      if (unread.length > 0) continue;
      if (isOver) return await answer;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    over.abort(new Error('nobody reads what happens any more'));
    await answer.catch(() => undefined);
  }
}

/** Reads a stream to its end. Answers what the work came to, and the first fault of each observer that failed. */
export async function follow<Answer>(
  stream: Stream<Answer>,
  listeners: readonly Observer[],
): Promise<{ readonly answer: Answer; readonly faults: readonly TidemillError[] }> {
  const all = observers(listeners);
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return { answer: value, faults: await all.settled() };
    all.on(value);
  }
}
