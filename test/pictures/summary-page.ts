/** A summary as GitHub shows it: its Markdown as HTML, as far as summaries use it. */

const STYLE = `
body { margin: 24px; width: 900px; font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328; }
table { border-collapse: collapse; margin: 0 0 16px; } th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left; }
tr:nth-child(even) td { background: #f6f8fa; } a { color: #0969da; } h3, h4 { margin: 0 0 12px; } summary { cursor: default; }
code, pre { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; background: #f6f8fa; border-radius: 6px; }
code { padding: 2px 5px; } pre { padding: 12px; } ul { padding-left: 28px; }`;

export function summaryPage(markdown: string): string {
  const body = markdown
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) =>
      part.startsWith('```')
        ? fence(part)
        : part
            .split(/\n{2,}/)
            .map(block)
            .join('\n'),
    )
    .join('\n');
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}</body>`;
}

const fence = (text: string): string => {
  const code = text.split('\n').slice(1, -1).join('\n');
  return `<pre>${code.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`;
};

function block(text: string): string {
  const lines = text.trim().split('\n');
  const [first = ''] = lines;
  const heading = /^(#+) (.*)$/.exec(first);
  if (heading !== null) return `<h${heading[1]?.length}>${inline(heading[2] ?? '')}</h${heading[1]?.length}>`;
  if (first.startsWith('| ')) return table(lines);
  if (first.startsWith('- ')) return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join('')}</ul>`;
  return first.startsWith('<') || first === '' ? text : `<p>${inline(text)}</p>`;
}

function table([head = '', _, ...rows]: readonly string[]): string {
  const cells = (line: string, tag: string): string =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => `<${tag}>${inline(cell)}</${tag}>`)
      .join('');
  return `<table><tr>${cells(head, 'th')}</tr>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table>`;
}

const inline = (text: string): string =>
  text
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<b>$1</b>');
