export interface CompatNode {
  /** Path in the data, joined by dots. */
  readonly key: string;
  /** What lies there under `__compat`, as the source gives it. */
  readonly compat: unknown;
}

/** Not features. */
const OTHER_PARTS: ReadonlySet<string> = new Set(['__meta', 'browsers']);

/** Every `__compat` of the data set, in its order. */
export function* compatNodes(contents: Readonly<Record<string, unknown>>): Iterable<CompatNode> {
  for (const [name, tree] of Object.entries(contents)) {
    if (!OTHER_PARTS.has(name)) yield* nodesBelow(tree, name);
  }
}

function* nodesBelow(node: unknown, key: string): Iterable<CompatNode> {
  // A branch that is no object is nothing we know. As a record it is rejected in sight; left out, it would be lost.
  if (!isObject(node)) return yield { key, compat: node };
  for (const [name, child] of Object.entries(node)) {
    if (name === '__compat') yield { key, compat: child };
    else yield* nodesBelow(child, `${key}.${name}`);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
