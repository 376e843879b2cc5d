/** HTTP for the fake Google Cloud Storage: requests read whole, answers and errors as the JSON API writes them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { GcsError } from './gcs-objects.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** False when the connection broke before the end of the body. */
  readonly isWhole: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly chunks?: readonly Uint8Array[];
}

/** The query, in which nothing may be that the operation does not know. */
export function only(query: Readonly<Record<string, string>>, ...known: string[]): Record<string, string> {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown === undefined) return query;
  throw new GcsError(400, 'invalidParameter', `Unknown parameter ${unknown}`);
}

export async function read(incoming: IncomingMessage): Promise<Request> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const chunks: Buffer[] = [];
  let isWhole = true;
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    isWhole = false;
  }
  const query = Object.fromEntries(searchParams);
  const { method = '', headers } = incoming;
  return { method, path: pathname, query, headers, body: Buffer.concat(chunks), isWhole };
}

export function failure(error: unknown): Reply {
  const { status, reason, message } =
    error instanceof GcsError ? error : new GcsError(500, 'internalError', String(error));
  const json = { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } };
  return { status, json };
}

export function send(outgoing: ServerResponse, { status, headers = {}, json, chunks }: Reply): void {
  const body = json === undefined ? (chunks ?? []) : [Buffer.from(JSON.stringify(json))];
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' };
  const length = body.reduce((sum, chunk) => sum + chunk.length, 0);
  outgoing.writeHead(status, { ...type, ...headers, 'content-length': String(length) });
  Readable.from(body).pipe(outgoing);
}
