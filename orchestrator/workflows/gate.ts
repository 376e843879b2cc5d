/** What a leg of the ingestion has to do with services, in the words of an expression. */

/** Whether `list`, an expression, has one of these services; their names hold nothing that an expression would have to quote. */
export function hasJobsOf(services: readonly string[], list: string): string {
  const each = services.map((service) => `contains(${list}, '${service}')`);
  return each.length === 1 ? (each[0] ?? '') : `(${each.join(' || ')})`;
}
