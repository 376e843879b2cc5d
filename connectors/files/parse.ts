/** A file → its records, always the same in the same order. */
import { begun, type Spooled } from '@tidemill/kit';
import { csvRecords } from './csv.ts';
import { isPage, noFormat } from './faults.ts';
import { jsonRecords } from './json.ts';
import { ndjsonRecords } from './ndjson.ts';
import type { Format, JobOptions } from './options.ts';
import { decoded, encodingOf } from './text.ts';
import { plainFiles } from './unpack.ts';
import { xmlRecords } from './xml.ts';

export interface FileToParse {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly spooled?: Spooled;
}

/** Throws where the file as a whole is none; a record that does not fit says so itself (`records.ts`). */
export async function* recordsOf(file: FileToParse, options: JobOptions): AsyncGenerator<unknown> {
  for await (const { name, bytes } of plainFiles(file, options.members)) {
    const format = options.format ?? formatOf(name, file.contentType);
    if (format === undefined) {
      // Whoever looks for the type of a page is told that it is one.
      const { head } = await begun(bytes, 1024);
      throw looksLikePage(head.toString('latin1')) ? isPage(name) : noFormat(name);
    }
    yield* textRecords({ name, bytes }, format, options);
  }
}

async function* textRecords(
  { name, bytes }: Pick<FileToParse, 'name' | 'bytes'>,
  format: Format,
  options: JobOptions,
): AsyncGenerator<unknown> {
  const { head, all } = await begun(bytes, 1024);
  if (format !== 'xml' && looksLikePage(head.toString('latin1'))) throw isPage(name);
  const declared = format === 'xml' ? declaredIn(head) : undefined;
  const texts = decoded(all, encodingOf(head) ?? options.encoding ?? declared ?? 'utf-8', name);
  switch (format) {
    case 'csv':
      return yield* csvRecords(texts, options, name);
    case 'json':
      return yield* jsonRecords(texts, options.records, name);
    case 'ndjson':
      return yield* ndjsonRecords(texts, name);
    case 'xml':
      return yield* xmlRecords(texts, options.records, name);
    default:
      return format satisfies never;
  }
}

const looksLikePage = (head: string): boolean => /^[\s\xef\xbb\xbf]*<(!doctype\s+html|html[\s>])/i.test(head);

/** https://www.w3.org/TR/xml/#charencoding, of the encodings that there are. */
function declaredIn(head: Buffer): string | undefined {
  const label = /^<\?xml[^>]*\bencoding=["']([A-Za-z0-9._-]+)["']/.exec(head.toString('latin1'))?.[1];
  return label !== undefined && /^(?!utf-?16)/i.test(label) ? label : undefined;
}

const BY_NAME: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  json: 'json',
  geojson: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  xml: 'xml',
  rss: 'xml',
};

const BY_TYPE: readonly (readonly [type: RegExp, format: Format])[] = [
  [/^text\/(csv|tab-separated-values)$/, 'csv'],
  [/[/+](x-)?(ndjson|jsonl|jsonlines|json-seq)$/, 'ndjson'],
  [/[/+]json$/, 'json'],
  [/[/+]xml$/, 'xml'],
];

function formatOf(name: string, contentType: string): Format | undefined {
  const path = name.replace(/[?#].*$/s, '').replace(/\.gz$/i, '');
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return BY_NAME[ending] ?? BY_TYPE.find(([pattern]) => pattern.test(type))?.[1];
}
