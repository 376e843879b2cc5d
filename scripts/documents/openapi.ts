/** The OpenAPI document of `tidemill serve`, for whoever makes a client of it without starting one. */
import { openApiDocument } from '../../orchestrator/server/document.ts';
import type { GeneratedDocument } from './document.ts';

export const openApiDocuments = (): GeneratedDocument[] => [
  { path: 'docs/schemas/openapi.json', text: `${JSON.stringify(openApiDocument(), undefined, 2)}\n` },
];
