/** Tables name their files by URLs; a bucket knows keys. */

/** Java writes the URL of a folder with one slash. */
const normal = (url: string): string => url.replace(/^file:\/(?!\/)/, 'file:///').replace(/\/$/, '');

/** Whether two URLs mean the same object or folder. */
export const isSameUrl = (one: string, other: string): boolean => normal(one) === normal(other);

/** The path in the folder of a table; undefined for what lies elsewhere. */
export function pathIn(location: string, url: string): string | undefined {
  const folder = `${normal(location)}/`;
  const file = normal(url);
  return file.startsWith(folder) ? file.slice(folder.length) : undefined;
}
