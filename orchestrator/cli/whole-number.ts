import { TidemillError } from '@tidemill/kit';

/** The value of an option. Throws `number-invalid`. */
export function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new TidemillError('config', 'number-invalid', `${option} ${text} is no whole number above 0`, {
    hint: 'Write it as 12.',
  });
}
