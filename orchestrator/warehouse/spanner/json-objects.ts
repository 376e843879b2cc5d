/**
 * The objects in a text that comes bit by bit: of an array, as Google answers a stream, or one a line, as the emulator does. What
 * stands between them is left out.
 */
export class JsonObjects {
  #text = '';
  /** Where it was left off, and what it is inside of there. */
  #at = 0;
  #begins = 0;
  #depth = 0;
  #isInText = false;

  /** Whether what has come ends with an object, and not in one. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.#isInText;
  }

  /** Texts of the objects that are whole now. */
  add(more: string): string[] {
    this.#text += more;
    const objects: string[] = [];
    while (this.#at < this.#text.length) {
      if (this.#isInText) this.#endOfText();
      else this.#step(objects);
    }
    // What was handed on is let go; of an object that is not whole all is kept.
    const kept = this.#depth === 0 ? this.#at : this.#begins;
    this.#text = this.#text.slice(kept);
    this.#at -= kept;
    this.#begins = 0;
    return objects;
  }

  #step(objects: string[]): void {
    const sign = this.#text.charCodeAt(this.#at);
    if (sign === QUOTE) this.#isInText = this.#depth > 0;
    else if (sign === OPENS) {
      if (this.#depth === 0) this.#begins = this.#at;
      this.#depth += 1;
    } else if (sign === CLOSES && this.#depth > 0) {
      this.#depth -= 1;
      if (this.#depth === 0) objects.push(this.#text.slice(this.#begins, this.#at + 1));
    }
    this.#at += 1;
  }

  /** To behind the quote that ends a text, or to the end of what has come. */
  #endOfText(): void {
    const quote = this.#text.indexOf('"', this.#at);
    this.#at = quote === -1 ? this.#text.length : quote + 1;
    let escapes = 0;
    while (this.#text.charCodeAt(quote - 1 - escapes) === ESCAPE) escapes += 1;
    this.#isInText = quote === -1 || escapes % 2 === 1;
  }
}

const QUOTE = 0x22;
const ESCAPE = 0x5c;
const OPENS = 0x7b;
const CLOSES = 0x7d;
