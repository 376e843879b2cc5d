/** `docs/values.md`: what a column of each type holds, and what becomes of values at its edges. */
import { sqlTypes, valueDomains } from '@tidemill/kit';
import { type EdgeValue, edgeValues } from '@tidemill/kit/edge-values';
import type { GeneratedDocument } from './document.ts';
import { code, GENERATED, page, table } from './markdown.ts';

export const valueDocuments = (): GeneratedDocument[] => [{ path: 'docs/values.md', text: valuePage() }];

function valuePage(): string {
  const domains = sqlTypes.map((type) => [code(type), valueDomains[type].holds, valueDomains[type].because]);
  const edges = sqlTypes.flatMap((type) => edgeValues.filter((edge) => edge.type === type).map(edgeRow));
  return page(
    '# What a column holds',
    GENERATED,
    'A column holds what DuckDB, PostgreSQL, BigQuery and Spanner all hold, so that a row is the same in every warehouse. A record with any other value is rejected with the name of the column, and the others are loaded: it lies in `quarantine/`, and bronze has it as its source wrote it.',
    table(['type', 'holds', 'because'], domains),
    'In BigQuery and Spanner a `jsonb` column is a `STRING` with the document: `JSON_VALUE(column, "$.a")` reads it, and `PARSE_JSON` rounds a number that neither 64 bits nor a double hold.',
    '## At the edges',
    'The contract suite tries each of these against every warehouse ([edge-values.ts](../connectors/_kit/edge-values.ts)).',
    table(['type', 'a record says', 'the column has'], edges),
  );
}

/** Longer texts are told by their description alone. */
const SHOWN_CHARS = 60;

const shown = (text: string): string => (text.length <= SHOWN_CHARS ? code(text) : '');

function edgeRow({ type, what, written, held }: EdgeValue): string[] {
  const says = [what, shown(written)].filter((part) => part !== undefined && part !== '').join(': ');
  return [code(type), says, heldText(written, held)];
}

function heldText(written: string, held: string | undefined): string {
  if (held === undefined) return 'rejected';
  const isPrintable = /^[ -~]+$/.test(held);
  return held === written || !isPrintable || held.length > SHOWN_CHARS ? 'that' : code(held);
}
