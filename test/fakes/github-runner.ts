/** GitHub's runner as a step of it hears and answers, strict about what the real one drops or misunderstands. */
import type { Actions, Annotation } from '../../orchestrator/cli/actions.ts';
import { annotationsIn, masksIn } from '../workflow/commands.ts';

const MAX_SUMMARY_BYTES = 1024 * 1024;

export interface FakeRunner extends Actions {
  readonly outputs: Readonly<Record<string, string>>;
  /** What the step's summary has become. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
}

/** For one step. Throws for what no step may say. */
export function fakeRunner(): FakeRunner {
  const outputs: Record<string, string> = {};
  const annotations: Annotation[] = [];
  const masks: string[] = [];
  let summary = '';
  return {
    outputs,
    annotations,
    masks,
    get summary() {
      return summary;
    },
    async setOutput(name, value) {
      if (!/^[a-z_]+$/.test(name) || name in outputs) throw new Error(`the output ${name} is strange or set twice`);
      outputs[name] = value;
    },
    async addSummary(markdown) {
      summary += markdown;
      if (Buffer.byteLength(summary) > MAX_SUMMARY_BYTES) throw new Error('GitHub would drop this summary');
    },
    async annotate(annotation) {
      if (annotation.message === '') throw new Error('an annotation without words');
      annotations.push(annotation);
    },
    async mask(text) {
      if (text.trim().length < 4 || /[\r\n]/.test(text)) throw new Error('this would mask nothing, or everything');
      masks.push(text);
    },
    repeat(command) {
      if (!/^::[^\n]*\n$/.test(command)) throw new Error('a command is one whole line, and begins it');
      masks.push(...masksIn(command));
      for (const { level, message } of annotationsIn(command)) {
        annotations.push({ level: level === 'warning' ? 'warning' : 'error', message });
      }
    },
  };
}
