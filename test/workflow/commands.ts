/** What a step tells the runner: commands among its output, and the files named in its environment. */

/** https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  /** `file`, `line`, `col`, `title`, as they were given. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The runner keeps no more of one level for a step, and cuts each after this many characters. */
const MAX_ANNOTATIONS = 10;
const MAX_MESSAGE = 4096;

/** The annotations of a step, as the runner keeps them. */
export function annotationsIn(output: string): Annotation[] {
  const found = output.split('\n').flatMap((line): Annotation[] => {
    const [, level, properties = '', message = ''] =
      /^\s*::(error|warning|notice)(?: ([^:]*))?::(.*)$/.exec(line) ?? [];
    if (level === undefined) return [];
    const text = unescapeData(message).slice(0, MAX_MESSAGE);
    return [{ level: level as Annotation['level'], message: text, properties: propertiesIn(properties) }];
  });
  const byLevel = Map.groupBy(found, ({ level }) => level);
  return [...byLevel.values()].flatMap((annotations) => annotations.slice(0, MAX_ANNOTATIONS));
}

/** What a step asks the runner to hide from now on. */
export const masksIn = (output: string): string[] =>
  [...output.matchAll(/^\s*::add-mask::(.*)$/gm)].map(([, text = '']) => unescapeData(text));

function propertiesIn(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair.trim()) ?? [];
      return [name, unescapeData(value.replaceAll('%3A', ':').replaceAll('%2C', ','))];
    }),
  );
}

const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

/**
 * `NAME=value` lines, and `NAME<<DELIMITER` with the value on the lines up to the delimiter. Throws for anything else,
 * as the runner fails the step.
 */
export function readAssignments(text: string): Record<string, string> {
  const lines = text.split('\n');
  const assigned: Record<string, string> = {};
  while (lines.length > 0) {
    const line = lines.shift()!;
    if (line === '') continue;
    const [, name, sign, rest = ''] = /^([^=<]+)(=|<<)(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`Invalid format '${line}'`);
    if (sign === '=') {
      assigned[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest);
    if (end === -1) throw new Error(`Matching delimiter not found '${rest}'`);
    assigned[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return assigned;
}
