/** The one form in which a failure is told on a terminal. Pure. */

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Who must act. */
  readonly who: string;
}

/** What happened; what to do next, when that is known; who must do it, and the code that `docs/errors.md` explains. */
export const failureLines = ({ code, message, hint, who }: Told): string[] => [
  message,
  ...(hint === undefined ? [] : [hint]),
  `(${code}; who must act: ${who})`,
];
