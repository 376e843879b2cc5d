/** What an answer in JSON holds: its value as far as it is looked at, and its records as they were written. */
import { isUtf8 } from 'node:buffer';
import { TidemillError } from './errors.ts';
import { parseExact } from './json.ts';
import { cutRecords, type RecordLines } from './json-records.ts';
import { onOneLine } from './lines.ts';

export interface JsonAnswer<Path extends string> {
  /** The answer as it is parsed, integers exact; the arrays that were asked for are empty in it. */
  readonly envelope: unknown;
  /** The whole answer as it was written, on one line. */
  readonly line: Uint8Array;
  readonly lines: RecordLines<Path>;
}

/**
 * Reads an answer; its bytes are taken over. Anything but JSON, an HTML page above all, is a source that changed, and so is
 * what is not UTF-8, which JSON is (https://www.rfc-editor.org/rfc/rfc8259#section-8.1); only records may be, for that is
 * no reason not to have the others.
 */
export function readJson<Path extends string>(
  bytes: Buffer,
  paths: readonly Path[],
  contentType: string | undefined,
  label: string,
): JsonAnswer<Path> {
  const json = withoutMark(bytes);
  try {
    const { envelope, lines } = paths.length === 0 ? whole<Path>(json) : cutRecords(json, paths);
    return { envelope: parseExact(envelope), line: onOneLine(json), lines };
  } catch {
    // No cause: a SyntaxError quotes the text, which may be personal.
    throw isUtf8(json) ? notJson(contentType, label) : notUtf8(label);
  }
}

/** Without the mark that some put before UTF-8; a reader may ignore it: https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

function whole<Path extends string>(bytes: Buffer): { readonly envelope: string; readonly lines: RecordLines<Path> } {
  if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8');
  return { envelope: bytes.toString(), lines: {} as RecordLines<Path> };
}

const notUtf8 = (label: string): TidemillError =>
  new TidemillError('source-changed', 'not-utf8', `${label} answered bytes that are not UTF-8`);

const notJson = (contentType: string | undefined, label: string): TidemillError =>
  new TidemillError('source-changed', 'not-json', `${label} answered ${contentType ?? 'no type'}, not JSON`, {
    hint: 'Open the address by hand: it may be a login page, a consent page or a notice.',
  });
