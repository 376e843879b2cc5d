/** Records as lines: JSON texts in UTF-8 as their source wrote them, each on one line. */
import { parseExact } from './json.ts';

/** What a connector must know of a record to go on: its id, when it changed, whether it is gone. Integers are exact. */
export const parseLine = (line: Uint8Array): unknown =>
  parseExact(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString());
