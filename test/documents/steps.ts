/** What a page asks its reader to do, step by step: files to write, lines to add to the configuration, commands to run. */

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** Lines for a section of the configuration. */
  | { readonly kind: 'config'; readonly section: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: string };

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
const PROGRAMS = ['js', 'python'];

/** Throws for a block of code that is no step, so that none is left out. Blocks without a language are pictures. */
export function stepsOf(page: string): Step[] {
  let read = 0;
  return [...page.matchAll(FENCE)].flatMap(({ 0: whole, 1: language = '', 2: text = '', index }): Step[] => {
    const before = page.slice(read, index);
    read = index + whole.length;
    if (language === '') return [];
    if (language === 'sh') return commandsIn(text);
    if (PROGRAMS.includes(language)) return [{ kind: 'file', path: named(before, /[Ww]rite `([^`]+)`/), text }];
    if (language === 'yaml') return configSteps(text, before);
    throw new Error(`a block of ${language} is no step that is known here`);
  });
}

const commandsIn = (text: string): Step[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ kind: 'command', line }));

/** A block that begins with a section names it, and others below it; of any other the text before it says where it belongs. */
function configSteps(text: string, before: string): Step[] {
  if (text.startsWith(' ')) return [{ kind: 'config', section: named(before, /under `(\w+)`/), text }];
  return [...text.matchAll(/^(\w+):\n((?: .*\n|\n)+)/gm)].map(([, section = '', lines = '']) => {
    return { kind: 'config', section, text: `${lines.trimEnd()}\n` };
  });
}

function named(before: string, where: RegExp): string {
  const name = before.split(/\n\n/).findLast((paragraph) => where.test(paragraph));
  const found = where.exec(name ?? '')?.[1];
  if (found === undefined) throw new Error(`nothing says where it belongs: …${before.slice(-80)}`);
  return found;
}

/** The words of the commands of a line, each as a shell hands them on. */
export const wordsOf = (line: string): string[][] =>
  line
    .split(' && ')
    .map((one) => [...one.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ''));
