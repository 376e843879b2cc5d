import { connectorContract } from '../../test/contracts/connector.ts';
import { fileSource } from '../../test/fakes/file-source.ts';

const signal = (number: number, votes: number) => ({ url: `https://example.org/issues/${number}`, votes });

const first = { 'accent-color': signal(1, 0), masonry: signal(2, 120), webusb: signal(3, 41) };
const later = { masonry: signal(2, 125), 'popover-hint': signal(4, 7) };
const malformed = { ...first, odd: signal(5, 0.5), odder: null };

await connectorContract<object | string>('developer_signals', {
  module: new URL('./index.ts', import.meta.url),
  open: () =>
    fileSource({
      path: '/web-features-signals.json',
      contentType: 'application/json; charset=utf-8',
      bytesOf: (contents) => (typeof contents === 'string' ? contents : JSON.stringify(contents)),
    }),
  streams: {
    votes: {
      first: { contents: first, rows: 3 },
      later: { contents: later, rows: 2 },
      malformed: { contents: malformed, rows: 3 },
      paged: 'one request',
      cut: '{}',
    },
  },
});
