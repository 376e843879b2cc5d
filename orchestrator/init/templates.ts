/** The texts that a repository begins with, as they lie in `templates`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const templateText = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'templates', name), 'utf8');

/** With a value in each place `{{name}}`; a line of an empty value goes. Throws for a place without one. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/^\{\{(\w+)\}\}\n|\{\{(\w+)\}\}/gm, (place, line?: string, word?: string) => {
    const value = values[line ?? word ?? ''];
    if (value === undefined) throw new Error(`Nothing takes the place of ${place.trim()}`);
    return line === undefined || value === '' ? value : `${value}\n`;
  });
}
