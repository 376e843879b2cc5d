/** GitHub's runner, spoken to through its own package: outputs, summaries, annotations and masks. Elsewhere none of it is said. */
import { partsOf } from '@tidemill/kit/redact';
import { type Host, isOnActions } from '../app/host.ts';
import { lineText } from '../text/table.ts';

export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** The runner that carries out the step. Each promise is kept when it can have heard. */
export interface Actions {
  /** The value may have line breaks. */
  setOutput(name: string, value: string): Promise<void>;
  addSummary(markdown: string): Promise<void>;
  annotate(annotation: Annotation): Promise<void>;
  /** From now on the log shows `***` for this text of one line. */
  mask(text: string): Promise<void>;
  /** A command that another process of ours has said, as a whole line. */
  repeat(command: string): void;
}

/** Old workflow commands may stand anywhere in a line: https://github.com/actions/runner, ActionCommand. */
export const withoutOldCommands = (text: string): string => text.replaceAll('##[', '## [');

/** Undefined where no such runner is. The package is loaded for the first word that is said: it costs a tenth of a second. */
export function runnerOf({ env }: Pick<Host, 'env'>): Actions | undefined {
  if (!isOnActions({ env })) return undefined;
  const core = () => import('./actions-core.ts');
  return {
    async setOutput(name, value) {
      // Without the file the package falls back to a command on stdout that GitHub has switched off.
      if (env['GITHUB_OUTPUT']) (await core()).setOutput(name, value);
    },
    async addSummary(markdown) {
      if (!env['GITHUB_STEP_SUMMARY']) return;
      // Somebody may have removed the file, or filled the disk. What became of a run does not depend on that.
      const wrote = (await core()).summary.addRaw(markdown).write();
      await wrote.catch(
        (error: Error) => void process.stderr.write(`No summary is kept: ${lineText(error.message)}\n`),
      );
    },
    async annotate(annotation) {
      const { error, warning } = await core();
      const say = { error, warning }[annotation.level];
      onStderr(() => say(withoutOldCommands(annotation.message), propertiesOf(annotation)));
    },
    async mask(text) {
      const { setSecret } = await core();
      onStderr(() => setSecret(text));
    },
    repeat: (command) => void process.stderr.write(command),
  };
}

function propertiesOf({ title, file, line, column }: Annotation) {
  return {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}

/**
 * The package writes its commands to stdout. That belongs to a command's answer, and may go into a file or a variable, where
 * the runner would not hear of a mask: it listens to both.
 */
function onStderr(say: () => void): void {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    say();
  } finally {
    process.stdout.write = write;
  }
}

/** Has the log hide a secret. It is read by line: of a secret of several, each that is long enough is hidden by itself. */
export async function hide(actions: Actions | undefined, secret: string): Promise<void> {
  if (actions === undefined) return;
  for (const text of new Set(partsOf(secret))) if (!/[\r\n]/.test(text)) await actions.mask(text);
}
