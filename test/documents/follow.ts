/** Follows a page to the letter, as a new user would. */
import type { Outcome, Project, RunOptions } from '../cli/project.ts';
import { type Step, wordsOf } from './steps.ts';

/** Why a line is not run, or what is done in its place: it needs the internet, a cloud or an account. */
export type Otherwise = Readonly<Record<string, string | ((own: Project) => Promise<unknown>)>>;

export interface Followed {
  readonly line: string;
  readonly outcome: Outcome;
}

/** Answers what each command has said. Throws where one ends otherwise than well, or a line done otherwise is not there. */
export async function follow(
  own: Project,
  steps: readonly Step[],
  otherwise: Otherwise,
  { edited = (text: string) => text, ...options }: RunOptions & { readonly edited?: (text: string) => string } = {},
): Promise<Followed[]> {
  const followed: Followed[] = [];
  const stale = new Set(Object.keys(otherwise));
  for (const step of steps) {
    if (step.kind === 'file') own.write(step.path, edited(step.text));
    else if (step.kind === 'config') addTo(own, step.section, step.text);
    else if (step.line in otherwise) {
      stale.delete(step.line);
      const done = otherwise[step.line];
      if (typeof done === 'function') await done(own);
    } else {
      for (const words of wordsOf(step.line)) {
        const outcome = await own.run(argumentsOf(own, words, step.line), options);
        if (outcome.exit !== 0)
          throw new Error(`${step.line} ends with ${outcome.exit}:\n${outcome.stdout}${outcome.stderr}`);
        followed.push({ line: step.line, outcome });
      }
    }
  }
  if (stale.size > 0) throw new Error(`the page has no such line: ${[...stale].join(', ')}`);
  return followed;
}

function addTo(own: Project, section: string, text: string): void {
  const config = own.read('ingestion-config.yaml');
  const added = config.replace(new RegExp(`^${section}:\n`, 'm'), (head) => `${head}${text}`);
  if (added === config) throw new Error(`the configuration has no section ${section}`);
  own.write('ingestion-config.yaml', added);
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
