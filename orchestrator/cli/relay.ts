/** The output of processes side by side, a line at a time, each with the name of its process in front. Pure. */

/**
 * What a process of ours says to GitHub's runner (`@actions/core`): it counts at the beginning of a line alone, and for the whole
 * step. Nothing else is handed on as it is, such as a command that would stop the commands of all.
 */
const COMMAND = /^::(?:add-mask|debug|error|notice|warning)(?: [^:]*)?::/;

/** What the runner takes for one, which reads as .NET does: https://learn.microsoft.com/dotnet/api/system.io.streamreader.readline */
const LINE_END = /\r\n|\r|\n/;

/** Longer than any secret that GitHub has room for, and than any message that it shows. */
const MOST_CHARS = 1024 * 1024;

export interface Heard {
  /** A whole line, with its end. */
  text(line: string): void;
  /** The same, of a command to the runner; undefined where there is none. */
  readonly command: ((line: string) => void) | undefined;
}

export interface Relay {
  /** A piece of the output: a line, several, or a part of one. */
  hear(piece: string): void;
  /** No more comes. */
  end(): void;
}

export function relay(name: string, { text, command }: Heard): Relay {
  let rest = '';
  let isCut = false;
  const tell = (line: string): void => {
    if (isCut) isCut = false;
    else if (command !== undefined && COMMAND.test(line)) command(`${line}\n`);
    else text(`${name} | ${line}\n`);
  };
  return {
    hear: (piece) => {
      const all = `${rest}${piece}`;
      // A line feed behind it may be still to come.
      const held = all.endsWith('\r') ? '\r' : '';
      const lines = all.slice(0, all.length - held.length).split(LINE_END);
      rest = `${lines.pop() ?? ''}${held}`;
      for (const line of lines) tell(line);
      if (rest.length <= MOST_CHARS) return;
      if (!isCut) tell(`(a line of more than ${MOST_CHARS} characters)`);
      // What is left of it is no line, and must not be taken for a command.
      isCut = true;
      rest = '';
    },
    end: () => {
      if (rest !== '') tell(rest.replace(/\r$/, ''));
      rest = '';
    },
  };
}
