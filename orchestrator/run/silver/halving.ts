/** Which of many a judge refuses who only judges several at once. Pure but for asking. */

/** From `first` to `end`, which is not one of them; counted from 0. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** One of a million is found with twenty questions, or forty where both halves must be asked about. */
const MOST_QUESTIONS = 64;

/**
 * Spans of what is refused, known that `whole` is: it is halved until each one is found, and asked about by itself. When
 * `MOST_QUESTIONS` have been asked, what is left counts as refused as it is: rather too many than an end that never comes.
 */
export async function refusedIn(whole: Span, isAccepted: (span: Span) => Promise<boolean>): Promise<Span[]> {
  const found: Span[] = [];
  const left: { readonly span: Span; readonly isAsked: boolean }[] = [{ span: whole, isAsked: false }];
  let questions = 0;
  const isRefused = async (span: Span): Promise<boolean> => {
    questions += 1;
    return !(await isAccepted(span));
  };
  // The widest first, so that what is left in the end is narrow.
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const { span, isAsked } = next;
    if (questions >= MOST_QUESTIONS) found.push(span);
    else if (span.end - span.first > 1) {
      const [lower, upper] = halves(span);
      const isInLower = await isRefused(lower);
      if (isInLower) left.push({ span: lower, isAsked: true });
      // If the lower half is accepted it can only be the upper one.
      if (!isInLower || (await isRefused(upper))) left.push({ span: upper, isAsked: isInLower });
    } else if (isAsked || (await isRefused(span))) found.push(span);
  }
  return found;
}

function halves({ first, end }: Span): [Span, Span] {
  const middle = Math.floor((first + end) / 2);
  return [
    { first, end: middle },
    { first: middle, end },
  ];
}

export const isIn = (spans: readonly Span[], index: number): boolean =>
  spans.some(({ first, end }) => index >= first && index < end);
