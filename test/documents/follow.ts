/** Follows a page to the letter, as a new user would. */
import type { Project, RunOptions } from '../cli/project.ts';
import { type Step, wordsOf } from './steps.ts';

/** Somebody with a folder, who types what they read. */
export interface Reader {
  read(file: string): string;
  write(file: string, text: string): void;
  /** Answers what was said. Throws it where the line does not end well. */
  type(line: string): Promise<string>;
}

/** Why a line is not typed, or what is done in its place: it needs the internet, a cloud or an account. */
export type Otherwise = Readonly<Record<string, string | (() => Promise<unknown>)>>;

export interface Followed {
  readonly line: string;
  readonly said: string;
}

/** Answers what each line has said. Throws where one ends otherwise than well, or a line done otherwise is not there. */
export async function follow(
  reader: Reader,
  steps: readonly Step[],
  otherwise: Otherwise,
  edited = (text: string): string => text,
): Promise<Followed[]> {
  const followed: Followed[] = [];
  const stale = new Set(Object.keys(otherwise));
  for (const step of steps) {
    if (step.kind === 'file') reader.write(step.path, edited(step.text));
    else if (step.kind === 'config') addTo(reader, step.section, step.text);
    else if (step.line in otherwise) {
      stale.delete(step.line);
      const done = otherwise[step.line];
      if (typeof done === 'function') await done();
    } else followed.push({ line: step.line, said: await reader.type(step.line) });
  }
  if (stale.size > 0) throw new Error(`the page has no such line: ${[...stale].join(', ')}`);
  return followed;
}

function addTo(reader: Reader, section: string, text: string): void {
  const config = reader.read('ingestion-config.yaml');
  const added = config.replace(new RegExp(`^${section}:\n`, 'm'), (head) => `${head}${text}`);
  if (added === config) throw new Error(`the configuration has no section ${section}`);
  reader.write('ingestion-config.yaml', added);
}

/** Types in this process: only what starts Tidemill. */
export function readerOf(own: Project, options: RunOptions = {}): Reader {
  return {
    ...own,
    type: async (line) => {
      let said = '';
      for (const words of wordsOf(line)) {
        const { exit, stdout, stderr } = await own.run(argumentsOf(own, words, line), options);
        if (exit !== 0) throw new Error(`${line} ends with ${exit}:\n${stdout}${stderr}`);
        said += stdout;
      }
      return said;
    },
  };
}

/** What `tidemill` is given by `npx tidemill …`, or by a script of the repository's own. */
function argumentsOf(own: Project, words: readonly string[], line: string): string[] {
  const [program, name, ...rest] = words;
  if (program === 'npx' && name === 'tidemill') return rest;
  const { scripts = {} } = JSON.parse(own.read('package.json')) as { scripts?: Record<string, string> };
  const script = program === 'npm' ? scripts[name === 'run' ? (rest[0] ?? '') : (name ?? '')] : undefined;
  const [[tidemill, ...given] = []] = wordsOf(script ?? '');
  if (tidemill !== 'tidemill') throw new Error(`nobody runs ${line}`);
  return given;
}
