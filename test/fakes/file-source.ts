import type { SourceFake } from '../contracts/connector.ts';
import { startFakeHttp } from './http-server.ts';

export interface FileSource<Contents> {
  /** Below its address, with its query. */
  readonly path: string;
  readonly contentType: string;
  /** As its server would have it. */
  bytesOf(contents: Contents): string | Uint8Array;
}

/**
 * A file behind an address, as a source for the connector contract. Its server tells versions apart by an entity tag, and answers 304
 * to who has this one: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export async function fileSource<Contents>(file: FileSource<Contents>): Promise<SourceFake<Contents>> {
  const server = await startFakeHttp();
  let version = 0;
  return {
    baseUrl: server.url,
    publish(contents) {
      version += 1;
      const etag = `W/"${version}"`;
      const body = file.bytesOf(contents);
      server.serve(({ method, path, query, headers }) => {
        const search = new URLSearchParams(query).toString();
        if (method !== 'GET' || `${path}${search && `?${search}`}` !== file.path) return undefined;
        if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
        return { headers: { etag, 'content-type': file.contentType }, body };
      });
    },
    close: () => server.close(),
  };
}
