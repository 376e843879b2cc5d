/**
 * A loopback proxy in front of a PostgreSQL server, which counts what is asked of it and cuts the connection at one of the questions:
 * to the server that is a client which was killed. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * - `before`: the question is not handed on
 * - `after`: it is, and its answer is lost
 * - `terminated`: before it is handed on, the server ends the connection, as when it is shut down
 */
export const cuts = ['before', 'after', 'terminated'] as const;
export type Cut = (typeof cuts)[number];

export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Statements, and the ends of COPY, since `arm`. */
  readonly asked: readonly string[];
  /** From now on questions are counted from 1. That of this number meets the cut, none if it is not given. */
  arm(at?: number, cut?: Cut): void;
  readonly isCut: boolean;
}

const TYPES = new Map([
  ['Q', (body: Buffer) => body.subarray(0, -1).toString()],
  ['P', (body: Buffer) => body.toString()],
  ['c', () => 'end of COPY'],
]);

export async function startCutProxy(target: number, terminate: () => Promise<void>): Promise<CutProxy> {
  let asked: string[] = [];
  let armed: { readonly at: number; readonly cut: Cut } | undefined;
  let isCut = false;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const both = [client, upstream];
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    const end = (): void => {
      for (const socket of both) socket.destroy();
    };
    client.on('close', end);
    upstream.on('close', end);
    let isLost = false;
    upstream.on('data', (bytes) => {
      if (isLost) end();
      else client.write(bytes);
    });
    void relay(client, async (message, question) => {
      if (question !== undefined) asked.push(question);
      const meets = question !== undefined && !isCut && asked.length === armed?.at ? armed.cut : undefined;
      if (meets !== undefined) isCut = true;
      if (meets === 'before') return end();
      if (meets === 'terminated') await terminate();
      isLost ||= meets === 'after';
      upstream.write(message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get asked() {
      return asked;
    },
    get isCut() {
      return isCut;
    },
    arm(at, cut = 'before') {
      asked = [];
      isCut = false;
      armed = at === undefined ? undefined : { at, cut };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Every message as it is, with the question it asks. The first one of a connection, which has no type, is none. */
async function relay(client: Socket, hand: (message: Buffer, question: string | undefined) => Promise<void> | void) {
  let waiting = Buffer.alloc(0);
  let typeBytes = 0;
  try {
    for await (const bytes of client as AsyncIterable<Buffer>) {
      waiting = Buffer.concat([waiting, bytes]);
      for (;;) {
        if (waiting.length < typeBytes + 4) break;
        const length = typeBytes + waiting.readUInt32BE(typeBytes);
        if (waiting.length < length) break;
        const message = waiting.subarray(0, length);
        waiting = waiting.subarray(length);
        const type = typeBytes === 0 ? '' : String.fromCharCode(message[0] ?? 0);
        typeBytes = 1;
        await hand(message, TYPES.get(type)?.(message.subarray(5)));
      }
    }
  } catch {
    // The client is gone, and with it what it asked.
  }
}
