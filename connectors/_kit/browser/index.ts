export type { Wanted } from './answers.ts';
export { type BrowseOptions, browse } from './browse.ts';
export { hasBrowser } from './find-browser.ts';
export { type BrowserLogin, browserLogin } from './login.ts';
export type { Paged } from './paging.ts';
export type { Exported, Visit } from './visit.ts';
