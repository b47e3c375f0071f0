import { libraryPageStyle } from './library-page-style.ts';

export interface ShownItem {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  /** From the library's root. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
  /** A file's content; a folder's page. */
  readonly href: string;
  /** Its address in `/sim/files`. */
  readonly url: string;
}

export interface ShownSite {
  readonly title: string;
  /** Its address in `/sim/sites`. */
  readonly url: string;
  /** What it grants to the application; null: nothing. */
  readonly role: 'read' | 'write' | null;
  readonly libraries: readonly {
    readonly name: string;
    readonly href: string;
    readonly isCurrent: boolean;
  }[];
}

export interface ShownPage {
  readonly sites: readonly ShownSite[];
  /** From the library down to the folder that is shown. */
  readonly trail: readonly { readonly name: string; readonly href: string }[];
  /** The folder's address in `/sim/files`, with a slash at the end. */
  readonly filesUrl: string;
  readonly webUrl: string;
  /** Some of all. */
  readonly items: readonly ShownItem[];
  readonly count: number;
  readonly totals: { readonly files: number; readonly bytes: number };
}

/** A folder of a library as a page for people: what came last is first. */
export function libraryPage(page: ShownPage): string {
  const { sites, trail, filesUrl, webUrl, totals } = page;
  const files = totals.files === 1 ? '1 file' : `${totals.files.toLocaleString('en')} files`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(trail.at(-1)?.name ?? '')} - Simulated SharePoint</title>
<style>${libraryPageStyle}</style>
</head>
<body data-files="${escape(filesUrl)}">
${icons}
<nav>
<h1>${icon('library')}Simulated SharePoint</h1>
${sites.map(siteEntry).join('\n')}
</nav>
<main>
<h2>${trail.map(({ name, href }) => `<a href="${escape(href)}">${escape(name)}</a>`).join('<i>/</i>')}</h2>
<p>${escape(webUrl)} &middot; ${files}, ${readableSize(totals.bytes)}</p>
<div class="tools">
<button class="main" data-action="add">Add files</button>
<button data-action="folder">New folder</button>
<span>or drop files anywhere; one of the same name is changed</span>
</div>
<output></output>
<input type="file" hidden>
${table(page)}
</main>
${dialog}
<script src="/sim/page.js"></script>
</body>
</html>
`;
}

function siteEntry({ title, url, role, libraries }: ShownSite): string {
  const granted = role !== null;
  const access = granted
    ? {
        text: role === 'write' ? 'granted' : 'read only',
        title: 'The application may use this site. Click to withdraw it.',
      }
    : { text: 'no access', title: 'The application is refused here. Click to grant it.' };
  const links = libraries.map(
    ({ name, href, isCurrent }) =>
      `<li><a href="${escape(href)}"${isCurrent ? ' aria-current="page"' : ''}>${escape(name)}</a></li>`,
  );
  const button = `<button class="tag" data-action="grant" data-url="${escape(url)}" data-granted="${granted}" title="${access.title}">${access.text}</button>`;
  return `<section><h3>${escape(title)} ${button}</h3>\n<ul>${links.join('')}</ul></section>`;
}

function table({ items, count }: ShownPage): string {
  if (count === 0) return '<p class="empty"><b>Nothing here yet.</b>Drop files, or add some.</p>';
  const older = count - items.length;
  const rest = older === 0 ? '' : `<p>${older.toLocaleString('en')} more that are older are not shown.</p>`;
  return `<table>
<thead><tr><th>Name</th><th class="size">Size</th><th>Modified (UTC)</th><th></th></tr></thead>
<tbody>
${items.map(row).join('\n')}
</tbody>
</table>
${rest}`;
}

function row({ kind, name, path, size, modifiedAt, href, url }: ShownItem): string {
  const modified = modifiedAt.replace('T', ' ').replace('Z', '');
  const data = `data-url="${escape(url)}" data-path="${escape(path)}" data-kind="${kind}"`;
  const change = kind === 'file' ? `<button data-action="change" ${data}>Change</button>` : '';
  const others = `<button data-action="move" ${data}>Rename</button><button data-action="remove" ${data}>Remove</button>`;
  return `<tr class="${kind}"><td><a href="${escape(href)}">${icon(kind)}<span>${escape(name)}</span></a></td>
<td class="size">${readableSize(size)}</td><td class="time">${modified}</td><td class="acts">${change}${others}</td></tr>`;
}

const icons = `<svg class="icons">
<symbol id="file" viewBox="0 0 20 20"><path d="M5 2.5h6.5L15.5 6.5v11h-10.5zM11.5 2.5v4h4"/></symbol>
<symbol id="folder" viewBox="0 0 20 20"><path d="M2.5 4.5h5l2 2h8v9.5h-15z"/></symbol>
<symbol id="library" viewBox="0 0 20 20"><path d="M3 3.5h3.5v13H3zM8.5 3.5H12v13H8.5zM13.5 4.5l3-.8 2 12.6-3 .6z"/></symbol>
</svg>`;

function icon(name: 'file' | 'folder' | 'library'): string {
  return `<svg aria-hidden="true"><use href="#${name}"/></svg>`;
}

/** What the script asks a person. */
const dialog = `<dialog>
<form method="dialog">
<h4></h4>
<p></p>
<input autocomplete="off" spellcheck="false">
<div><button type="button" class="off">Cancel</button><button class="main" value="yes"></button></div>
</form>
</dialog>`;

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
