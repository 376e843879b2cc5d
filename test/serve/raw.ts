/** Requests as bytes, as no client sends them. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Served } from './served.ts';

/** What comes back for bytes as they are, until the server closes. */
export async function raw({ port }: Served, ...pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  return text(socket);
}

export const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
