import { readFolderAddress } from '../domain/sharepoint-address.ts';
import type { Reading, Rule } from './rules.ts';
import { bad, good, quoted, textRule } from './rules.ts';

/** Kept without a slash at its end. */
export const httpsUrl: Rule<string> = textRule('an https:// address without a query', (text) => {
  const url = URL.parse(text);
  const reading = checkHttps(url, text);
  return reading ?? good(withoutEndSlashes(text));
});

/** Kept without a slash at its end. */
export const siteUrl: Rule<string> = textRule(
  'the https:// address of a site, as in the browser: "https://yourtenant.sharepoint.com/sites/YourSite"',
  (text) => {
    const url = URL.parse(text);
    if (url?.protocol === 'https:' && readFolderAddress(text).ok) return good(text.trim());
    const reading = checkHttps(url, text);
    if (reading !== null || url === null) return reading ?? bad();
    const inSite = /^(\/(?:sites|teams)\/[^/]+)\/(?:.*\.aspx$|Forms\/|Shared%20Documents)/i.exec(
      url.pathname,
    );
    if (inSite !== null) return bad('an address inside the site', quoted(`${url.origin}${inSite[1] ?? ''}`));
    return good(withoutEndSlashes(text));
  },
);

/** Plain http too: what is asked there are test data. */
export const webUrl: Rule<string> = textRule('an http:// or https:// address without a query', (text) => {
  const reading = checkWeb(URL.parse(text));
  return reading ?? good(withoutEndSlashes(text));
});

/** Anything that a service gives out as the address of a webhook; a query may be its credential. */
export const webhookUrl: Rule<string> = textRule('an http:// or https:// address', (text) =>
  /^https?:$/.test(URL.parse(text)?.protocol ?? '') ? good(text) : bad(),
);

/** Library first, then folders. */
export const remoteFolder: Rule<string> = textRule(
  'a library and its folders, starting with "/" and without any of " * : < > ? \\ |',
  (text) => {
    if (/^(?:\/[^/"*:<>?\\|]+)+\/?$/.test(text)) return good(withoutEndSlashes(text));
    return bad(undefined, /^[^/"*:<>?\\|]/.test(text) ? quoted(`/${text}`) : null);
  },
);

/** As above, or the address of a folder, which is kept as it is. */
export const remoteFolderOrAddress: Rule<string> = textRule(
  `${remoteFolder.accepted}; or the address of the folder in the browser`,
  (text) => {
    if (!/^\s*https?:/i.test(text)) return remoteFolder.read(text, '');
    const reading = readFolderAddress(text);
    return reading.ok ? good(text.trim()) : bad(reading.because);
  },
);

export const hostAndPort: Rule<string> = textRule('host:port', (text) => {
  const match = /^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[1]);
  if (port >= 1 && port <= 65_535) return good(text);
  return bad(undefined, /^[\w.-]+$/.test(text) ? quoted(`${text}:7233`) : null);
});

export const hostName: Rule<string> = textRule('a host name or an address', (text) =>
  /^(?:[\w-]+(?:\.[\w-]+)*|[\da-f:.]*:[\da-f:.]*)$/i.test(text) ? good(text) : bad(),
);

export const postgresUrl: Rule<string> = textRule(
  'postgres://user:password@host:5432/database, with special characters of the password percent-encoded',
  (text) => {
    const url = URL.parse(text);
    if (url === null) return bad('is not a URL');
    return /^postgres(?:ql)?:$/.test(url.protocol) ? good(text) : bad('does not start with postgres://');
  },
);

function checkHttps(url: URL | null, text: string): Reading<never> | null {
  if (url?.protocol === 'http:') return bad('which is not https', quoted(text.replace(/^http:/i, 'https:')));
  return checkWeb(url);
}

function checkWeb(url: URL | null): Reading<never> | null {
  if (url === null || !/^https?:$/.test(url.protocol)) return bad();
  if (url.username !== '' || url.password !== '') return bad('with a user name or password in it');
  if (url.search !== '' || url.hash !== '')
    return bad('with a query', quoted(`${url.origin}${url.pathname}`));
  return null;
}

function withoutEndSlashes(text: string): string {
  return text.replace(/\/+$/, '');
}
