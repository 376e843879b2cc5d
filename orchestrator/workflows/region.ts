/** Places of a workflow that are generated: the lines between `# generated:NAME …` and `# /generated`. */

/**
 * The text with new lines in every region of that name, as far in as its two marks. `linesOf` is told what stands behind the
 * name in the first of them. Throws when there is no such region: it has been lost.
 */
export function withRegions(text: string, name: string, linesOf: (told: string) => readonly string[]): string {
  const region = new RegExp(`^( *)(# generated:${name}\\b(.*)\\n)(?:.*\\n)*?( *# /generated\\n)`, 'gm');
  if (text.search(region) === -1) {
    throw new Error(`A workflow has lost the lines "# generated:${name}" … "# /generated"`);
  }
  return text.replace(region, (_, indent: string, start: string, told: string, end: string) => {
    return [`${indent}${start}`, ...linesOf(told).map((line) => `${indent}${line}\n`), end].join('');
  });
}
