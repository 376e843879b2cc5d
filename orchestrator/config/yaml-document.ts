/** Text → one YAML document without syntax faults. */
import { Composer, type Document, Parser, visit, type YAMLError } from 'yaml';
import type { FaultList } from './faults.ts';
import type { Position } from './job.ts';

/** 10,000 jobs take about 2 MB. */
export const MAX_CHARACTERS = 5_000_000;

/** Lists and mappings inside each other. */
export const MAX_DEPTH = 100;
export const TOO_DEEP = `More than ${MAX_DEPTH} levels lie inside each other here`;

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  NON_STRING_KEY: 'A key is plain text.',
  TAG_RESOLVE_FAILED: 'Leave the tag out: plain YAML is all that is read.',
  BAD_SCALAR_START: 'Put the value in quotes.',
};

/** Where an offset of the text stands. */
export type PlaceAt = (offset: number) => Position;

/** Reads one document. Every syntax fault goes to `faults`; then the document is of no use. */
export function parseYaml(text: string, placeAt: PlaceAt, faults: FaultList): Document | undefined {
  const refuse = (offset: number, message: string, hint?: string) => faults.add(placeAt(offset), message, () => hint);
  if (text.length > MAX_CHARACTERS) {
    refuse(0, `The file is larger than ${MAX_CHARACTERS / 1_000_000} MB`);
    return undefined;
  }
  const composer = new Composer({
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    schema: 'core',
    resolveKnownTags: false,
  });
  const [document, second] = composer.compose(new Parser().parse(text), true, text.length);
  if (second !== undefined) {
    const hint = 'Keep what stands before the line of dashes, or join the two.';
    refuse(second.range[0], 'The file holds a second document', hint);
  }
  // Node decodes what is not UTF-8 to a character that nobody writes on purpose.
  const undecodable = text.indexOf('\u{fffd}');
  if (undecodable !== -1) refuse(undecodable, 'The file is not UTF-8 from here on', 'Save it as UTF-8.');
  if (document !== undefined) addSyntaxFaults(document, text, placeAt, faults);
  return document;
}

function addSyntaxFaults(document: Document, text: string, placeAt: PlaceAt, faults: FaultList): void {
  let lastLine = 0;
  for (const error of [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const { code, message, pos } = error;
    // The parser ran out of stack; what it says of the rest is about nothing in the file.
    if (code === 'RESOURCE_EXHAUSTION') {
      faults.add(placeAt(pos[0]), TOO_DEEP);
      return;
    }
    const place = placeAt(startOf(error, document));
    // What follows on the same line is the echo of the first fault.
    if (place.line === lastLine) continue;
    lastLine = place.line;
    faults.add(place, `${withoutSource(message)} (YAML)`, () => HINTS[code] ?? starHint(text, pos[0]));
  }
}

/** Some messages end with `: ` and the text from the file, of any length and with whatever is in it. */
const withoutSource = (message: string): string =>
  message
    .replace(/(?<=\w): .*$/s, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();

/** A missing quote is noticed far below; where the text opens is where a person looks. */
function startOf({ code, pos: [offset] }: YAMLError, document: Document): number {
  let start = offset;
  if (code !== 'MISSING_CHAR') return start;
  visit(document, {
    Scalar: (_key, { type, range }) => {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[0] < offset && offset <= range[1]) start = range[0];
    },
  });
  return start;
}

/** The usual case is a cron expression without quotes: YAML takes its star for an alias. */
function starHint(text: string, offset: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 1);
  return /[:-]\s+\*/.test(line) ? 'A value that begins with * needs quotes, as in cron: "*/5 * * * *".' : undefined;
}
