/** A resumable upload: https://cloud.google.com/storage/docs/performing-resumable-uploads */
import { createHash } from 'node:crypto';
import type { StoredObject } from '../contract.ts';
import type { BlockSession } from '../remote/blocks.ts';
import { bucketUnavailable } from '../remote/errors.ts';
import type { WriteOutcome } from '../remote/write.ts';
import type { Answer, GcsStore } from './store.ts';

const INCOMPLETE = 308;
const REFUSED = 412;
/** The store no longer knows the session: given up, or long over. */
const GONE = [404, 410];
const CANCELLED = 499;

/** What is being sent: the bytes from `start` on, and, with the last ones, what all of them are. */
interface Block {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly md5?: string;
}

/** What knows which object is to be made. */
export interface Settling {
  /** Attempts until it is known whether the object was written. */
  settle(attempt: () => Promise<WriteOutcome>): Promise<StoredObject | undefined>;
  /** The object that the store says it has made, if it is what was sent. Not every store compares by itself. */
  confirm(content: string, md5Hash: string): Promise<StoredObject>;
}

export class ResumableSession implements BlockSession {
  readonly #store: GcsStore;
  readonly #upload: Settling;
  readonly #address: string;
  readonly #hash = createHash('md5');
  #offset = 0;

  constructor(store: GcsStore, upload: Settling, address: string) {
    this.#store = store;
    this.#upload = upload;
    this.#address = address;
  }

  async append(bytes: Uint8Array): Promise<void> {
    const outcome = await this.#store.retry(this.#sending({ bytes, start: this.#offset }));
    if (outcome !== 'more') throw this.#broken('the session ended early');
    this.#hash.update(bytes);
    this.#offset += bytes.length;
  }

  finish(bytes: Uint8Array): Promise<StoredObject | undefined> {
    const md5 = this.#hash.update(bytes).digest('base64');
    const attempt = this.#sending({ bytes, start: this.#offset, md5 });
    return this.#upload.settle(async () => {
      const outcome = await attempt();
      return outcome === 'more' ? 'unclear' : outcome;
    });
  }

  async cancel(): Promise<void> {
    const call = { method: 'DELETE', url: this.#address, access: 'none', accept: [CANCELLED, ...GONE] } as const;
    // Without it the store forgets the session after a week; no object comes of it in any case.
    await this.#store.askOnce(call).catch(() => undefined);
  }

  /**
   * Attempts that go on where the last one ended: after one without an answer the store is asked how far it came.
   * They answer `more` when the store has all of a block that is not the last.
   */
  #sending({ bytes, start, md5 }: Block): () => Promise<WriteOutcome | 'more'> {
    const end = start + bytes.length;
    const total = md5 === undefined ? '*' : String(end);
    const checksum: Record<string, string> = md5 === undefined ? {} : { 'x-goog-hash': `md5=${md5}` };
    let stored: number | undefined = start;
    return async () => {
      for (;;) {
        const from = stored;
        stored = undefined;
        const range = from === undefined ? `*/${total}` : `${from}-${end - 1}/${total}`;
        const answer = await this.#put(from === undefined ? '' : bytes.subarray(from - start), {
          'content-range': `bytes ${range}`,
          ...(from === undefined ? {} : checksum),
        });
        if (answer.status === REFUSED) return 'refused';
        if (answer.status !== INCOMPLETE) {
          return GONE.includes(answer.status) || md5 === undefined
            ? 'unclear'
            : this.#upload.confirm(answer.content, md5);
        }
        const kept = storedBytes(answer);
        if (kept === end && md5 === undefined) return 'more';
        if (kept < start || kept >= end || kept === from) throw this.#broken(`it keeps ${kept} bytes of ${end}`);
        stored = kept;
      }
    };
  }

  /** The address of a session is all it takes to use it, so nobody is told who asks. */
  #put(body: Uint8Array | string, headers: Readonly<Record<string, string>>): Promise<Answer<string>> {
    const accept = [INCOMPLETE, REFUSED, ...GONE];
    return this.#store.askOnce({ method: 'PUT', url: this.#address, access: 'none', headers, body, accept });
  }

  #broken(said: string) {
    return bucketUnavailable({ url: this.#store.location.url, said });
  }
}

/** `Range: bytes=0-N` is what is there; none is nothing. */
function storedBytes({ headers }: Answer<string>): number {
  const last = /^bytes=0-(\d+)$/.exec(headers['range'] ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}
