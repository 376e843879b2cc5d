/**
 * What the runner hides, and how it finds it: https://github.com/actions/runner at 258d6c8. A mask has no least length
 * there: a secret of one character hides that character everywhere.
 */

type Encoder = (value: string) => string;

/** By `src/Runner.Worker/Worker.cs`, InitializeSecretMasker, and for `::add-mask::` by `ActionCommandManager.cs`. */
export class Masker {
  readonly #masks = new Set<string>();

  /** A secret, and each line of it by itself. */
  add(secret: string): void {
    const value = secret.trim();
    const lines = value.split(/[\r\n]/).map((line) => line.trim());
    for (const text of [value, ...lines].filter((part) => part !== '')) {
      for (const mask of [text, ...ENCODERS.map((encode) => encode(text))]) if (mask !== '') this.#masks.add(mask);
    }
  }

  /** Overlapping finds are hidden as one: `src/Sdk/DTLogging/Logging/SecretMasker.cs`, MaskSecrets. */
  mask(text: string): string {
    let masked = '';
    let at = 0;
    for (const { start, end } of this.#found(text)) {
      masked += `${text.slice(at, start)}***`;
      at = end;
    }
    return masked + text.slice(at);
  }

  /** Ranges in order, none of which touches another. */
  #found(text: string): { readonly start: number; readonly end: number }[] {
    const all = [...this.#masks].flatMap((mask) => placesOf(mask, text));
    const merged: { start: number; end: number }[] = [];
    for (const { start, end } of all.toSorted((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
      else merged.push({ start, end });
    }
    return merged;
  }
}

function placesOf(mask: string, text: string): { readonly start: number; readonly end: number }[] {
  const places = [];
  for (let start = text.indexOf(mask); start >= 0; start = text.indexOf(mask, start + 1)) {
    places.push({ start, end: start + mask.length });
  }
  return places;
}

/** https://learn.microsoft.com/dotnet/api/system.uri.escapedatastring escapes what JavaScript leaves alone, too. */
const uriEscape: Encoder = (value) =>
  encodeURIComponent(value.toWellFormed()).replace(/[!'()*]/g, (sign) =>
    `%${sign.charCodeAt(0).toString(16)}`.toUpperCase(),
  );

const XML: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '&': '&amp;' };

/** Base64 without the first bytes: behind a user name of that length, the rest of a secret is encoded so. */
const base64From =
  (shift: number): Encoder =>
  (value) => {
    const bytes = Buffer.from(value);
    return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
  };

/** A secret that PowerShell cut in two at its `&`; parts of fewer than six characters are no masks. */
const aroundAmpersand = (take: (value: string, end: number) => string): Encoder => {
  return (value) => {
    if (!value.includes('&')) return '';
    const plus = value.indexOf('&+');
    const part = take(value, plus >= 0 ? plus + 2 : value.lastIndexOf('&') + 1);
    return part.length >= 6 ? part : '';
  };
};

/** `src/Runner.Common/HostContext.cs` adds them, `src/Sdk/DTLogging/Logging/ValueEncoders.cs` has them. */
const ENCODERS: readonly Encoder[] = [
  base64From(0),
  base64From(1),
  base64From(2),
  (value) => value.replaceAll('"', '\\"'),
  (value) => value.replaceAll("'", "''"),
  (value) => JSON.stringify(value).slice(1, -1),
  uriEscape,
  (value) => value.replace(/[<>"'&]/g, (sign) => XML[sign] ?? sign),
  (value) => (value.length > 8 && /^".*"$/s.test(value) ? value.slice(1, -1) : ''),
  aroundAmpersand((value, end) => value.slice(0, end)),
  // After `&+` one letter is coloured by itself and is no part of it.
  aroundAmpersand((value, end) => value.slice(value.includes('&+') ? end + 1 : end)),
];
