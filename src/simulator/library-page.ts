export interface ShownFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
  readonly url: string;
}

const style = `
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#5f6673, #9aa3b2); --accent: light-dark(#03787c, #4fc3c7) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0 }
p { color: var(--quiet); margin: .25rem 0 2rem; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 500; font-size: .85rem; color: var(--quiet) }
th, td { padding: .45rem .5rem; border-bottom: 1px solid var(--line) }
td:first-child { overflow-wrap: anywhere }
th:nth-child(2), td:nth-child(2) { text-align: right; white-space: nowrap }
td:nth-child(3) { white-space: nowrap; color: var(--quiet) }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
`;

/** The library as a page for people: the latest file first. */
export function libraryPage(place: string, files: readonly ShownFile[]): string {
  const latestFirst = [...files].sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Simulated SharePoint</title>
<style>${style}</style>
</head>
<body>
<h1>Simulated SharePoint library</h1>
<p>${escape(place)} &middot; ${count}, ${readableSize(total)}</p>
<table>
<thead><tr><th>Name</th><th>Size</th><th>Modified (UTC)</th></tr></thead>
<tbody>
${latestFirst.length === 0 ? '<tr><td colspan="3">No files yet.</td></tr>' : latestFirst.map(row).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function row({ path, size, modifiedAt, url }: ShownFile): string {
  const modified = modifiedAt.replace('T', ' ').replace('Z', '');
  return `<tr><td><a href="${escape(url)}">${escape(path)}</a></td><td>${readableSize(size)}</td><td>${modified}</td></tr>`;
}

function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
