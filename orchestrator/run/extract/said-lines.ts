/** What a program says to people: handed on line by line as it comes, without secrets, and the last of it remembered. */
import type { Readable } from 'node:stream';

const LINE_CHARS = 64 * 1024;
/** Enough for a person to read; a program that says more has its own log. */
const MOST_LINES = 1000;

export interface StderrOptions {
  /** Makes a line clean of the secrets that the command could see. */
  readonly redact: (line: string) => string;
  readonly said: (line: string) => void;
}

/** How Node ends what it says of an error that nobody caught, and how the error itself begins, above the stack. */
const NODE = /^Node\.js v\d+\.\d+\.\d+/;
const UNCAUGHT = /^(?:Uncaught )?\[?(\w*(?:Error|Exception)\b.*?)(?:\] \{| \{|\])?$/;

/** Reads to the end, whatever happens; answers the last line that is not empty, or the error that Node has ended with. */
export async function readLines(stream: Readable, { redact, said }: StderrOptions): Promise<string | undefined> {
  let rest = '';
  let last: string | undefined;
  let uncaught: string | undefined;
  let told = 0;
  const tell = (raw: string): void => {
    // The spaces keep a terminal from obeying it.
    const line = redact(raw)
      .replace(/\p{Cc}/gu, ' ')
      .trimEnd();
    if (line.trim() === '') return;
    uncaught = UNCAUGHT.exec(line)?.[1] ?? uncaught;
    last = NODE.test(line) && uncaught !== undefined ? uncaught : line.trim();
    told += 1;
    if (told <= MOST_LINES) said(line);
    if (told === MOST_LINES) said(`(from here on only its last line is shown)`);
  };
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tell(line);
      // Not cut short: half a secret would not be known as one.
      if (rest.length > LINE_CHARS) rest = '(a line without end)';
    }
  } finally {
    tell(rest);
  }
  return last;
}
