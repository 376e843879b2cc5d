import type { SourceFake } from '../contracts/connector.ts';
import { type FakeHttp, type Reply, startFakeHttp } from './http-server.ts';

/** By path, without the slash at its beginning. Text or bytes are served as a careful server does; anything else as it says. */
export type ServedFiles = Readonly<Record<string, string | Uint8Array | Reply>>;

export interface FileServer extends SourceFake<ServedFiles> {
  readonly http: FakeHttp;
  /** Names of the files whose bytes were sent, in order. */
  readonly sent: string[];
}

/** A server of files that tells versions apart by entity tags, and answers 404 for what it does not have. */
export async function startFileServer(): Promise<FileServer> {
  const http = await startFakeHttp();
  const tags = new Map<string, { readonly content: string; readonly etag: string }>();
  const sent: string[] = [];
  let version = 0;
  let files: ServedFiles = {};
  http.serve(({ method, path, headers }) => {
    const name = decodeURIComponent(path.slice(1));
    const content = files[name];
    if (method !== 'GET' || content === undefined) return { status: 404, body: 'not here' };
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
      sent.push(name);
      return content;
    }
    const { etag } = tags.get(name) ?? { etag: '' };
    if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    sent.push(name);
    return { headers: { etag, 'content-type': 'application/octet-stream' }, body: content };
  });
  return {
    http,
    sent,
    baseUrl: http.url,
    publish(contents) {
      files = contents;
      for (const [name, content] of Object.entries(contents)) {
        const text = typeof content === 'string' ? content : JSON.stringify(content);
        if (tags.get(name)?.content === text) continue;
        version += 1;
        tags.set(name, { content: text, etag: `"${version}"` });
      }
    },
    close: () => http.close(),
  };
}
