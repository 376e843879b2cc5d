/**
 * What one connection may cost: how many of its requests are at work at a time, and how long an answer waits to be taken. Nobody needs a
 * token to connect.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '@tidemill/kit/retry';

/** Requests on one connection that have no answer yet. Clients send one after the other; a proxy, a few. */
const MOST_AT_WORK = 16;

type Answering = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/**
 * The same, and a connection is closed that sends more requests than it may without awaiting answers, or that has not taken an answer
 * `answerMs` after it was written.
 */
export function guarded(
  answering: Answering,
  { answerMs, clock }: { readonly answerMs: number; readonly clock: Pick<Clock, 'sleep'> },
): RequestListener {
  const atWork = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const others = atWork.get(socket) ?? 0;
    if (socket.destroyed || others >= MOST_AT_WORK) {
      socket.destroy();
      return;
    }
    atWork.set(socket, others + 1);
    const closed = new AbortController();
    response.once('close', () => {
      atWork.set(socket, (atWork.get(socket) ?? 1) - 1);
      closed.abort();
    });
    void answering(request, response).finally(() =>
      closeUnlessTaken(response, socket, () => clock.sleep(answerMs, closed.signal)),
    );
  };
}

/** An answer whose turn on the connection has not come yet is waited for. `wait` ends when it is taken, by throwing. */
async function closeUnlessTaken(response: ServerResponse, socket: Socket, wait: () => Promise<void>): Promise<void> {
  try {
    for (let wasItsTurn = false; !wasItsTurn; ) {
      wasItsTurn = response.socket !== null;
      await wait();
    }
    socket.destroy();
  } catch {
    // It is taken, or nobody is there any more.
  }
}
