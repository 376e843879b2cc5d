/** Records as lines: JSON texts in UTF-8 as their source wrote them, each on one line. */
import { z } from 'zod';
import { parseExact, stringifyExact } from './json.ts';

/** What a connector must know of a record to go on: its id, when it changed, whether it is gone. Integers are exact. */
export const parseLine = (line: Uint8Array): unknown =>
  parseExact(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString());

/** In the schema of an envelope: where the records are. They were cut out before it is checked, so nothing is left here. */
export const recordsHere = () => z.array(z.never());

/**
 * An object on one line, for a record that does not say itself what it belongs to. Members that are bytes are JSON texts and
 * stand in it as they were written.
 */
export function jsonLine(members: Readonly<Record<string, unknown>>): Uint8Array {
  const pieces = Object.entries(members).flatMap(([name, value], index) => {
    const before = `${index === 0 ? '' : ','}${JSON.stringify(name)}:`;
    return value instanceof Uint8Array ? [Buffer.from(before), value] : [Buffer.from(before + stringifyExact(value))];
  });
  return Buffer.concat([OPEN, ...pieces, CLOSE]);
}

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');

/**
 * A JSON text on one line: line breaks, which can only stand between its tokens, become blanks in place, and what stands
 * around it is left out.
 */
export function onOneLine(json: Uint8Array): Uint8Array {
  for (const lineBreak of LINE_BREAKS)
    for (let at = json.indexOf(lineBreak); at !== -1; at = json.indexOf(lineBreak, at + 1)) json[at] = BLANK;
  const isBlank = (byte: number | undefined): boolean => byte === BLANK || byte === TAB;
  let [start, end] = [0, json.length];
  while (isBlank(json[start])) start += 1;
  while (end > start && isBlank(json[end - 1])) end -= 1;
  return json.subarray(start, end);
}

const LINE_BREAKS = [0x0a, 0x0d];
const BLANK = 0x20;
const TAB = 0x09;
