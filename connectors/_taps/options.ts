/** The command lines of the bridges. */
import { parseArgs } from 'node:util';
import { TidemillError } from '@tidemill/kit';

export interface Options {
  /** The foreign program. */
  readonly program: string;
  /** Its configuration, as a path that a person wrote. */
  readonly config: string | undefined;
  /** A catalog that was kept, in place of what the program finds. */
  readonly catalog: string | undefined;
  /** Of a declarative source of Airbyte. */
  readonly manifest: string | undefined;
  /** The stream to read; undefined where it is asked which there are. */
  readonly stream: string | undefined;
}

export interface Usage {
  /** One line, as a person types it. */
  readonly usage: string;
  /** The program where none is named; without one it must be. */
  readonly program?: string;
  readonly options: readonly ('config' | 'catalog' | 'manifest')[];
}

/** Throws `tap-usage` of kind `config`. */
export function optionsOf(args: readonly string[], { usage, program: usual, options }: Usage): Options {
  const known = Object.fromEntries(options.map((name) => [name, { type: 'string' as const }]));
  const { positionals, ...found } = parsed(args, known, usage);
  const values: Readonly<Record<string, unknown>> = found.values;
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (value === '') throw misused(`--${name} names no file`, usage);
    return typeof value === 'string' ? value : undefined;
  };
  const words = [...positionals];
  const stream = values['discover'] === true ? undefined : words.pop();
  const program = words.shift() ?? usual;
  if (program === undefined || words.length > 0 || (stream === undefined && values['discover'] !== true)) {
    throw misused(`it was given ${positionals.length} words`, usage);
  }
  return { program, stream, config: text('config'), catalog: text('catalog'), manifest: text('manifest') };
}

function parsed(args: readonly string[], known: Readonly<Record<string, { readonly type: 'string' }>>, usage: string) {
  try {
    const options = { ...known, discover: { type: 'boolean' as const } };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw misused((error as Error).message.split('. ')[0] ?? '', usage);
  }
}

const misused = (what: string, usage: string): TidemillError =>
  new TidemillError('config', 'tap-usage', `The command line is not understood: ${what}`, { hint: `Usage: ${usage}` });
