/**
 * A value as GitHub hands it on from one job to the next. It leaves out an output in which it finds a secret, a line of one or
 * a form of one, however short that is (https://github.com/actions/runner at 258d6c8, `JobExtension.cs` and `Worker.cs`). So no
 * word and no number stands in it as it is: every second letter or digit is written as JSON may write it, `shop` as
 * `s\u0068o\u0070`. All of them would leave half the room for legs.
 *
 * What can still be found there: one letter or digit, two or three that begin with a digit of an escape, and JSON's own signs.
 */

/** What `fromJSON` of a workflow reads again; a number comes back as text. */
export type HandedOn = string | number | readonly HandedOn[] | { readonly [name: string]: HandedOn };

/** An escape of JSON's own, or a pair. */
const PART = /\\(?:u[0-9a-f]{4}|.)|([A-Za-z0-9])([A-Za-z0-9])/g;

/** JSON in which no two letters or digits stand side by side, but in escapes. */
export const handedOn = (value: HandedOn): string =>
  plainJson(value).replace(PART, (part: string, first: string | undefined, second: string) =>
    first === undefined ? part : `${first}\\u${second.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const plainJson = (value: HandedOn): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' ? String(inner) : inner));
