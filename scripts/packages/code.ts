/** The code of a package as it is published: Node reads no TypeScript below `node_modules`. Pure. */
import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';

/** Where a file of the project is published. */
export interface Published {
  /** Name of its package. */
  readonly package: string;
  /** Its place there, as an import of another package names it. */
  readonly path: string;
}

/** A file in one package, and the places in others that it imports by a path. */
export interface Rewritten {
  readonly text: string;
  readonly reached: readonly Published[];
}

/** Types become blanks, so that a stack names the lines and columns of the source. */
export function asJavaScript(source: string): string {
  const stripped = stripTypeScriptTypes(source, { mode: 'strip' });
  return stripped.trim() === '' ? 'export {};\n' : stripped;
}

/** What stands behind `from`, `import` or `import(` and names a file; in quotes of ours, or of the compiler's in declarations. */
const SPECIFIER = /(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\2/g;

/**
 * The imports of a file that lies at `path`, for the package it is published in: `.ts` is `.js`, and a path that leads out of the
 * package is one into another. `publishedAt` says where a file of the project is published. Throws where nobody does.
 */
export function withImports(
  text: string,
  path: string,
  publishedAt: (path: string) => Published | undefined,
): Rewritten {
  const reached: Published[] = [];
  const own = publishedAt(path)?.package;
  const rewritten = text.replace(SPECIFIER, (_, start: string, quote: string, specifier: string) => {
    const target = posix.join(posix.dirname(path), specifier);
    const published = publishedAt(target);
    if (published === undefined) throw new Error(`${path} imports ${target}, which no package has`);
    if (published.package === own) return `${start}${quote}${asPublished(specifier)}${quote}`;
    reached.push(published);
    return `${start}${quote}${published.package}/${published.path}${quote}`;
  });
  return { text: rewritten, reached };
}

/** The name of a file as it is published. */
export const asPublished = (path: string): string => path.replace(/(?<!\.d)\.ts$/, '.js');
