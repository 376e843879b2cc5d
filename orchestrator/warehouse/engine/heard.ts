/** What is lost of a text on its way from DuckDB. Pure. */

/**
 * The client takes U+FEFF at the beginning of a text for a byte order mark and drops it: one more is given to it. The text of a
 * column or an expression, as a column of a result.
 */
export const heardWhole = (text: string): string =>
  `CASE WHEN starts_with(${text}, chr(65279)) THEN chr(65279) || ${text} ELSE ${text} END`;
