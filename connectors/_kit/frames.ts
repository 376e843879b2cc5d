/** Where an error comes from, without what it says: that may quote a record. Pure. */

const MOST_FRAMES = 8;

/** Lines of its stack, innermost first: `at extract (connectors/x/streams.ts:20:18)`. */
export const framesOf = (thrown: unknown): string[] => stackLines(thrown).slice(0, MOST_FRAMES);

/** The innermost of them that has a file, short enough for a reason of many records: `x/streams.ts:20:18`. */
export function placeOf(thrown: unknown): string | undefined {
  const lines = stackLines(thrown).filter((line) => !line.includes('node:'));
  return /([^/\s(]+\/)?[^/\s(]+:\d+:\d+(?=\)?$)/.exec(lines[0] ?? '')?.[0];
}

function stackLines(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [];
  const stack = String(thrown.stack ?? '');
  // A message of several lines could look like places.
  const message = stack.indexOf(thrown.message);
  const lines = stack.slice(message === -1 ? 0 : message + thrown.message.length).split('\n');
  return lines.filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}
