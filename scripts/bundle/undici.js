/** What of undici our HTTP clients use: its own entry loads all it has, from WebSockets to a cache in SQLite. */
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

// As that entry does, which makes `agent.request()` of it.
Object.assign(Dispatcher.prototype, api);

export { Agent };
