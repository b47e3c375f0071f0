import { searchAttributes } from '../domain/search-attributes.ts';

/** The server's own error, in our terms; null: it is another one. */
export function attributesMissing(error: unknown): SearchAttributesMissing | null {
  const said = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return /search attribute/i.test(said) ? new SearchAttributesMissing(said) : null;
}

/** Thrown when the namespace does not know the search attributes that runs are found by. Nothing was changed. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing';

  constructor(said: string) {
    const types = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' };
    const flags = Object.entries(searchAttributes).map(
      ([name, type]) => `--name ${name} --type ${types[type]}`,
    );
    super(
      `The Temporal server does not know our search attributes (${said}). Register them once for the namespace: ` +
        `temporal operator search-attribute create ${flags.join(' ')}`,
    );
  }
}
