/**
 * What one connection may cost: how many of its requests are at work at a time, and how long an answer waits to be taken. Nobody needs a
 * token to connect.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests on one connection that have no answer yet. Clients send one after the other; a proxy, a few. */
const MOST_AT_WORK = 16;

type Answering = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/**
 * The same, and a connection is closed that sends more requests than it may without awaiting answers, or that has not taken an answer
 * `answerMs` after it was written.
 */
export function guarded(answering: Answering, { answerMs }: { readonly answerMs: number }): RequestListener {
  const atWork = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const others = atWork.get(socket) ?? 0;
    if (socket.destroyed || others >= MOST_AT_WORK) {
      socket.destroy();
      return;
    }
    atWork.set(socket, others + 1);
    response.once('close', () => atWork.set(socket, (atWork.get(socket) ?? 1) - 1));
    void answering(request, response).finally(() => closeUnlessTaken(response, socket, answerMs));
  };
}

/** An answer whose turn on the connection has not come yet is waited for. */
function closeUnlessTaken(response: ServerResponse, socket: Socket, milliseconds: number): void {
  if (response.closed || socket.destroyed) return;
  const isItsTurn = (): boolean => response.socket !== null;
  let wasItsTurn = isItsTurn();
  const timer = setInterval(() => {
    if (wasItsTurn) socket.destroy();
    wasItsTurn = isItsTurn();
  }, milliseconds);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}
