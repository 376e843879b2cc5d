/** What comes over the wire, and whether it lies in bronze so. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
const RECEIVED = 'undici:request:bodyChunkReceived';

/**
 * The bodies of all answers that are read meanwhile, with blanks for line breaks, as bronze has them; not those that come
 * compressed.
 */
export async function bodiesDuring(action: () => Promise<unknown>): Promise<string[]> {
  const chunks = new Map<object, Buffer[]>();
  const onChunk = (message: unknown): void => {
    const { request, chunk } = message as { request: object; chunk: Uint8Array };
    chunks.set(request, [...(chunks.get(request) ?? []), Buffer.from(chunk)]);
  };
  subscribe(RECEIVED, onChunk);
  try {
    await action();
  } finally {
    unsubscribe(RECEIVED, onChunk);
  }
  return [...chunks.values()].map((body) =>
    Buffer.concat(body)
      .toString()
      .replace(/[\r\n]/g, ' '),
  );
}

/**
 * Whether a line of bronze was written by the source: as a whole, or as the last member of an object that says what it
 * belongs to.
 */
export function isWrittenIn(bodies: readonly string[], line: string): boolean {
  const isSlice = (text: string): boolean => bodies.some((body) => body.includes(text));
  if (isSlice(line)) return true;
  const members = [...line.matchAll(/:(?=[[{])/g)].map(({ index }) => line.slice(index + 1, -1));
  // Nothing at all is written the same by everybody.
  return members.some((member) => /[^\s[\]{}]/.test(member) && isSlice(member));
}
