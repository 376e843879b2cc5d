/** Finds texts that were broken into lines, as base64 is in mails, PEM blocks and by `base64` itself: after any of their characters. */

/** A line break and the next line's indentation, as they are or as JSON writes them. */
const BREAK = /(?:\r?\n|\\r\\n|\\n)[ \t]*/g;

/** What is shorter may come together by chance where two lines meet. */
const MIN_LENGTH = 8;

/** The text with `mask` in the place of every form that goes over a line break. */
export function maskWrapped(text: string, forms: readonly string[], mask: string): string {
  const { joined, places } = withoutBreaks(text);
  if (places.length === 1) return text;
  const found = forms.flatMap((form) => (form.length < MIN_LENGTH ? [] : rangesOf(form, joined)));
  let masked = '';
  let at = 0;
  for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
    const [from, to] = [placeOf(start, places), placeOf(end - 1, places) + 1];
    if (to <= at) continue;
    masked += `${text.slice(at, Math.max(at, from))}${from < at ? '' : mask}`;
    at = to;
  }
  return masked + text.slice(at);
}

/** A piece without a break: where it begins, joined and in the text. */
interface Place {
  readonly joined: number;
  readonly text: number;
}

function withoutBreaks(text: string): { readonly joined: string; readonly places: readonly Place[] } {
  const pieces: string[] = [];
  const places: Place[] = [];
  let length = 0;
  let at = 0;
  const add = (end: number): void => {
    places.push({ joined: length, text: at });
    pieces.push(text.slice(at, end));
    length += end - at;
  };
  for (const { 0: gap, index } of text.matchAll(BREAK)) {
    add(index);
    at = index + gap.length;
  }
  add(text.length);
  return { joined: pieces.join(''), places };
}

function rangesOf(form: string, joined: string): { readonly start: number; readonly end: number }[] {
  const ranges = [];
  for (let start = joined.indexOf(form); start >= 0; start = joined.indexOf(form, start + form.length)) {
    ranges.push({ start, end: start + form.length });
  }
  return ranges;
}

/** Where a character of the joined text stands. */
function placeOf(joined: number, places: readonly Place[]): number {
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((places[middle]?.joined ?? 0) <= joined) low = middle;
    else high = middle - 1;
  }
  const { joined: start = 0, text = 0 } = places[low] ?? {};
  return text + joined - start;
}
