/** Text → one YAML document, within limits, with its syntax faults at their places. */
import { Composer, type CST, type Document, Lexer, LineCounter, Parser, visit, type YAMLError } from 'yaml';
import type { FaultList } from './faults.ts';
import type { Place } from './job.ts';

/** 10,000 jobs take about 2 MB. */
const MAX_CHARACTERS = 5_000_000;
/** What one token costs in memory is about a kilobyte. */
const MAX_TOKENS = 1_500_000;
/** Lists and mappings inside each other, in brackets and by indentation. */
export const MAX_DEPTH = 100;

const UTF8_BOM = '\u{feff}';
const UNDECODABLE = '\u{fffd}';

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  MULTIPLE_DOCS: 'Keep what stands before the line of dashes, or join the two.',
  NON_STRING_KEY: 'A key is plain text.',
  TAG_RESOLVE_FAILED: 'Leave the tag out: plain YAML is all that is read.',
  BAD_SCALAR_START: 'Put the value in quotes.',
};

/** A parsed document that has no syntax fault. */
export interface YamlDocument {
  readonly document: Document;
  placeAt(offset: number): Place;
}

/** Reads one document. Anything it cannot read goes to `faults`, and the answer is undefined. */
export function parseYaml(file: string, source: string, faults: FaultList): YamlDocument | undefined {
  const text = source.startsWith(UTF8_BOM) ? source.slice(1) : source;
  if (text.length > MAX_CHARACTERS) {
    faults.add({ file, line: 1, column: 1 }, `The file is larger than ${MAX_CHARACTERS / 1_000_000} MB`);
    return undefined;
  }
  const before = faults.size;
  const lines = linesOf(text);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const refuse = (offset: number, message: string, hint?: string) => faults.add(placeAt(offset), message, () => hint);
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, stringKeys: true, schema: 'core' });
  const [document, second] = composer.compose(tokensOf(text, refuse), true, text.length);
  if (faults.size > before || document === undefined) return undefined;
  if (second !== undefined) refuse(second.range[0], 'The file holds a second document', HINTS['MULTIPLE_DOCS']);
  refuseUndecodable(text, refuse);
  addSyntaxFaults(document, text, placeAt, faults);
  return faults.size > before ? undefined : { document, placeAt };
}

type Refuse = (offset: number, message: string, hint?: string) => void;

/** Counted here because the parser misses line ends inside texts that stand where they must not. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return lines;
}

/** The parser's tokens; ends early, with a fault, where a limit is passed: the parser itself has none. */
function* tokensOf(text: string, refuse: Refuse): Generator<CST.Token, void> {
  const parser = new Parser();
  let count = 0;
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (lexeme === '[' || lexeme === '{') depth += 1;
    if (lexeme === ']' || lexeme === '}') depth -= 1;
    if (depth > MAX_DEPTH) return refuse(parser.offset, `More than ${MAX_DEPTH} brackets are open here`);
    if (count > MAX_TOKENS) return refuse(parser.offset, `The file has more than ${MAX_TOKENS} parts`);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Node decodes what is not UTF-8 to U+FFFD, a character nobody writes on purpose. */
function refuseUndecodable(text: string, refuse: Refuse): void {
  const offset = text.indexOf(UNDECODABLE);
  if (offset !== -1) refuse(offset, 'The file is not UTF-8 from here on', 'Save it as UTF-8.');
}

function addSyntaxFaults(
  document: Document,
  text: string,
  placeAt: (offset: number) => Place,
  faults: FaultList,
): void {
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const tooDeep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (tooDeep !== undefined) {
    faults.add(placeAt(tooDeep.pos[0]), `More than ${MAX_DEPTH} levels lie inside each other here`);
    return;
  }
  let lastLine = 0;
  for (const error of errors) {
    const place = placeAt(startOf(error, document));
    // What follows on the same line is the echo of the first fault.
    if (place.line === lastLine) continue;
    lastLine = place.line;
    faults.add(
      place,
      `${withoutSource(error.message)} (YAML)`,
      () => HINTS[error.code] ?? starHint(text, error.pos[0]),
    );
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
