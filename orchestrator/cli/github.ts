/** GitHub Actions' own files and commands: outputs, the step summary, annotations. */
import { randomUUID } from 'node:crypto';
import { isOnActions, setting } from '../app/host.ts';
import { markdownText } from '../text/table.ts';
import type { Terminal } from './host.ts';

/** GitHub refuses a summary over 1 MiB and keeps nothing of it. */
const SUMMARY_BYTES = 1024 * 1024;

export const hasSummary = (host: Terminal): boolean => setting(host, 'GITHUB_STEP_SUMMARY') !== undefined;

/** Adds to the step's summary, where there is one. */
export function addSummary(host: Terminal, markdown: string): void {
  const file = setting(host, 'GITHUB_STEP_SUMMARY');
  if (file === undefined) return;
  const cut = Buffer.from(markdown)
    .subarray(0, SUMMARY_BYTES - 1024)
    .toString('utf8');
  host.appendFile(file, cut.length < markdown.length ? `${cut}\n\n… cut: GitHub shows at most 1 MiB.\n` : markdown);
}

/** Sets outputs of the step, where it has any. Values may hold line breaks: the delimiter cannot be guessed. */
export function setOutputs(host: Terminal, outputs: Readonly<Record<string, string>>): void {
  const file = setting(host, 'GITHUB_OUTPUT');
  if (file === undefined) return;
  const delimiter = `ghadelimiter_${randomUUID()}`;
  const lines = Object.entries(outputs).map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
  host.appendFile(file, lines.join(''));
}

/** A workflow command: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
export function annotation(
  level: 'error' | 'warning' | 'notice',
  message: string,
  place: { readonly file?: string; readonly line?: number; readonly column?: number; readonly title?: string } = {},
): string {
  const { file, line, column: col, title } = place;
  const properties = Object.entries({ file, line, col, title }).filter(([, value]) => value !== undefined);
  const text = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',');
  return `::${level}${text === '' ? '' : ` ${text}`}::${escapeData(message)}\n`;
}

/** What nobody may need to go on, but should know. */
export function warn(host: Terminal, lines: readonly string[]): void {
  for (const line of lines) {
    addSummary(host, `${markdownText(line)}\n\n`);
    host.stderr.write(isOnActions(host) ? annotation('warning', line, { title: 'tidemill' }) : `${line}\n`);
  }
}

const escapeData = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const escapeProperty = (text: string): string => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
