const longestSheetName = 31;
/** Excel keeps this name for itself. */
const reserved = 'history';

/** `talk_seconds` as people write it: `Talk seconds`. */
export function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Names that Excel accepts for sheets, unequal to each other and to those taken, whatever the case of letters. */
export function sheetNames(names: readonly string[], taken: readonly string[]): string[] {
  const used = new Set([reserved, ...taken.map((name) => name.toLowerCase())]);
  return names.map((name) => {
    const legal = labelOf(name)
      .toWellFormed()
      .replace(/[\p{Cc}\uFFFE\uFFFF[\]:*?/\\]/gu, ' ')
      .trim();
    return takeUnique(legal === '' ? 'Dataset' : legal, used, longestSheetName);
  });
}

/** The headers of one table: no two may be equal, whatever the case of letters. */
export function uniqueHeaders(headers: readonly string[]): string[] {
  const used = new Set<string>();
  return headers.map((header) => takeUnique(header, used, 255));
}

function takeUnique(name: string, used: Set<string>, longest: number): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : ` (${number})`;
    const candidate = withoutOuterApostrophes(name.slice(0, longest - suffix.length)) + suffix;
    if (used.has(candidate.toLowerCase())) continue;
    used.add(candidate.toLowerCase());
    return candidate;
  }
}

/** Excel refuses sheet names that begin or end with one. */
function withoutOuterApostrophes(name: string): string {
  return name.replace(/^'+|'+$/g, (quotes) => '\u2019'.repeat(quotes.length)).toWellFormed();
}
