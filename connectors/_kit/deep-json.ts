/** JSON of values that are nested deeper than the platform's own printer, which calls itself, can go. */

interface Level {
  readonly closer: ']' | '}';
  /** Texts that come before a member (a comma, a name), each with the member. */
  readonly members: Iterator<readonly [before: string, value: unknown]>;
}

/** The text that `JSON.stringify` would give, on one line. `printLeaf` prints what holds nothing; undefined for what JSON leaves out. */
export function deepJson(value: unknown, printLeaf: (leaf: unknown) => string | undefined): string | undefined {
  if (!isHolder(value)) return printLeaf(value);
  const pieces: string[] = [];
  const open = (holder: object): Level => {
    pieces.push(Array.isArray(holder) ? '[' : '{');
    return Array.isArray(holder)
      ? { closer: ']', members: itemsOf(holder) }
      : { closer: '}', members: membersOf(holder as Readonly<Record<string, unknown>>, printLeaf) };
  };
  const levels = [open(value)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { done, value: member } = level.members.next();
    if (done === true) {
      pieces.push(level.closer);
      levels.pop();
    } else {
      const [before, inner] = member;
      pieces.push(before);
      if (isHolder(inner)) levels.push(open(inner));
      else pieces.push(printLeaf(inner) ?? 'null');
    }
  }
  return pieces.join('');
}

/** What prints itself (an exact number, a date) is a leaf. */
const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON !== 'function';

function* itemsOf(items: readonly unknown[]): Generator<readonly [string, unknown]> {
  for (const [index, item] of items.entries()) yield [index === 0 ? '' : ',', item];
}

function* membersOf(
  members: Readonly<Record<string, unknown>>,
  printLeaf: (leaf: unknown) => string | undefined,
): Generator<readonly [string, unknown]> {
  let comma = '';
  for (const [name, value] of Object.entries(members)) {
    if (!isHolder(value) && printLeaf(value) === undefined) continue;
    yield [`${comma}${JSON.stringify(name)}:`, value];
    comma = ',';
  }
}
