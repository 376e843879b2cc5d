import type { Http, HttpOptions } from './http.ts';
import { HttpClient } from './http-client.ts';

/** Opens the HTTP side of one service for one run. `close` when it is over. Throws kind `config` on a base URL that is none. */
export function createHttp(options: HttpOptions): Http & { close(): Promise<void> } {
  return new HttpClient(options);
}
