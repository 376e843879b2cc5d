/** The page as one file: nothing is fetched when somebody looks at it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { charts } from './figures.ts';
import { type Content, html, type Markup, trusted } from './html.ts';
import { jobList } from './jobs.ts';
import { lists } from './lists.ts';
import { jobMap } from './map.ts';
import type { Overview } from './overview.ts';
import { summary } from './summary.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
const SCRIPT = readFileSync(new URL('./browser.js', import.meta.url), 'utf8');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing may be loaded, and only the style and the script that were written here count. */
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// Not in a template that is tagged: a bundler makes the closing tag in one a call of a helper that it does not bring along.
const SCRIPT_ELEMENT = trusted(`<script>${SCRIPT}</script>`);

export function pageOf(overview: Overview): string {
  const { environment } = overview;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Tidemill: ${environment}</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#jobs">Skip to the jobs</a>
${HATCH}
${summary(overview)}
<main>
${sections(overview)}
</main>
${SCRIPT_ELEMENT}
</body>
</html>
`.text;
}

const sections = (overview: Overview): Content => [
  jobList(overview),
  jobMap(overview),
  charts(overview),
  lists(overview),
];

/** What went wrong is told by a pattern, too. */
const HATCH: Markup = html`<svg class="defs" aria-hidden="true" width="0" height="0"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="5" class="hatch"/></pattern></defs></svg>`;
