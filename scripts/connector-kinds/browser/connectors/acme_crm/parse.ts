/** The table of contacts, as the browser has kept it, to records: without a browser, and again whenever it is loaded. */
import { parseHTML } from 'linkedom';

export function* contactsIn(html: string): Generator<unknown> {
  // What is kept is the body of the table.
  const { document } = parseHTML(`<table>${html}</table>`);
  for (const row of document.querySelectorAll('tr')) {
    const textOf = (selector: string): string | undefined => row.querySelector(selector)?.textContent?.trim();
    yield {
      id: row.getAttribute('data-id') ?? undefined,
      name: textOf('.name'),
      email: textOf('.email') || null,
    };
  }
}
