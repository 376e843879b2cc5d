/** GitHub Actions' own files and commands: outputs, the step summary, annotations. */
import { randomUUID } from 'node:crypto';
import { setting } from '../app/session.ts';
import type { Host } from './host.ts';

export const isOnActions = (host: Host): boolean => host.env['GITHUB_ACTIONS'] === 'true';

/** GitHub refuses a summary over 1 MiB and keeps nothing of it. */
const SUMMARY_BYTES = 1024 * 1024;

export const hasSummary = (host: Host): boolean => setting(host, 'GITHUB_STEP_SUMMARY') !== undefined;

/** Adds to the step's summary, where there is one. */
export function addSummary(host: Host, markdown: string): void {
  const file = setting(host, 'GITHUB_STEP_SUMMARY');
  if (file === undefined) return;
  const cut = Buffer.from(markdown)
    .subarray(0, SUMMARY_BYTES - 1024)
    .toString('utf8');
  host.appendFile(file, cut.length < markdown.length ? `${cut}\n\n… cut: GitHub shows at most 1 MiB.\n` : markdown);
}

/** Sets outputs of the step, where it has any. Values may hold line breaks: the delimiter cannot be guessed. */
export function setOutputs(host: Host, outputs: Readonly<Record<string, string>>): void {
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

const escapeData = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const escapeProperty = (text: string): string => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
