/** Imports that bring along what nobody uses, as the bundle has them. */
import * as http from 'node:http';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';

/** Made of Node's own undici, when they are asked for. */
const MADE_OF_UNDICI = ['WebSocket', 'CloseEvent', 'MessageEvent'];

/**
 * Who imports node:http asks for each of its exports, and so for an HTTP client that nobody uses: 30 ms and 13 MB at each start. Here it
 * is a module without those.
 */
export const httpPlugin: Plugin = {
  name: 'http',
  resolveId: {
    filter: { id: /^(node:)?http$/ },
    handler: (_, __, { kind }) => (kind === 'require-call' ? null : { id: HTTP, moduleSideEffects: false }),
  },
  load: {
    filter: { id: /^\0http$/ },
    handler: () => {
      const names = Object.keys(http).filter((name) => name !== 'default' && !MADE_OF_UNDICI.includes(name));
      const lines = names.map((name) => `export const ${name} = http.${name};`);
      return ["const http = process.getBuiltinModule('node:http');", 'export default http;', ...lines].join('\n');
    },
  },
};

const HTTP = '\0http';

/** Of the 60 ms that undici takes to load, 35 are left. Libraries that use it have all of it. */
export const undiciPlugin: Plugin = {
  name: 'undici',
  resolveId: {
    filter: { id: /^undici$/ },
    handler: (_, importer) => (importer?.includes('node_modules') ? null : join(import.meta.dirname, 'undici.js')),
  },
};
