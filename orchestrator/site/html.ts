/** HTML that escapes whatever is put into it. */
import { printable } from '../text/table.ts';

/** Text that is markup already. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Markup | undefined | readonly Content[];

/** A tagged template: values are escaped, for text and for quoted attributes; lists are joined. */
export function html(pieces: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(pieces.reduce((text, piece, index) => `${text}${markupOf(values[index - 1])}${piece}`));
}

/** Only for what this package itself has made: the charts, the style sheet, the script. */
export const trusted = (text: string): Markup => new Markup(text);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? '');

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return escaped(String(content));
}
