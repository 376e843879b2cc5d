/**
 * Whether `text` fits a pattern in which `*` stands for any characters and `?` for one. In time proportional to the
 * product of the lengths at worst, where a regular expression made of many stars takes forever.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = t;
      p += 1;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star !== -1) {
      // The last star takes one character more; what earlier stars took need never change.
      resume += 1;
      p = star + 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

export const isGlob = (text: string): boolean => /[*?]/.test(text);
