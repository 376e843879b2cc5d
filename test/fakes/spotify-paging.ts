/** Parameters and pages of Spotify's Web API. */
import { type ApiRequest, type Series, sliceOf } from './oauth-service.ts';

/** By name: what a value must look like. */
export type Parameters = Readonly<Record<string, RegExp>>;

/** What is wrong with a query; undefined when nothing is. */
export function wrongParameter(query: Readonly<Record<string, string>>, known: Parameters): string | undefined {
  const wrong = Object.entries(query).find(([name, value]) => known[name]?.test(value) !== true);
  return wrong === undefined ? undefined : `Invalid ${wrong[0]}`;
}

/** https://developer.spotify.com/documentation/web-api/concepts/api-calls#pagination */
export function pageOf(
  { query, base, path }: ApiRequest,
  series: Series<unknown>,
  { pageSize = 50, isCut = false }: { readonly pageSize?: number; readonly isCut?: boolean },
): object {
  const { limit: asked = '20', offset: from = '0', ...rest } = query;
  const [limit, offset] = [Math.min(Number(asked), pageSize), Number(from)];
  const link = (at: number): string =>
    `${base}${path}?${new URLSearchParams({ ...rest, offset: String(at), limit: String(limit) })}`;
  return {
    href: link(offset),
    items: sliceOf(series, offset, offset + limit),
    limit,
    offset,
    next: offset + limit < series.length && !isCut ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    total: series.length,
  };
}
