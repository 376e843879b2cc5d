import { TidemillError } from '@tidemill/kit';

/**
 * A file of `NAME=value` lines with these values in the place of older ones; everything else stays as it is. The lines can be
 * read by `node --env-file` and by a shell. Throws kind `config` for a value that no quotes can hold.
 */
export function withLines(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(name, value)}`;
    const at = lines.findLastIndex((one) =>
      one
        .replace(/^\s*export\s+/, '')
        .trimStart()
        .startsWith(`${name}=`),
    );
    if (at < 0) lines.push(line);
    else lines[at] = line;
  }
  return lines.map((line) => `${line}\n`).join('');
}

function quoted(name: string, value: string): string {
  if (/^[\w.~:/+@%=-]*$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  throw new TidemillError('config', 'env-file-value', `The value of ${name} cannot be written as one line`, {
    hint: 'Use --set-secrets.',
  });
}
