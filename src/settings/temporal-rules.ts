import type { Rule } from './rules.ts';
import { bad, good, quoted, textRule } from './rules.ts';

/** Goes into a header, which has no room for line breaks and blanks. */
export const bearerToken: Rule<string> = textRule('printable ASCII without blanks', (token) =>
  /^[\x21-\x7e]+$/.test(token) ? good(token) : bad('has other characters'),
);

/** Temporal itself refuses dots and colons in it, and beginnings with two underscores. */
export const deploymentName: Rule<string> = named(
  /^(?!__)[\w-]{1,100}$/,
  'a-z, A-Z, 0-9, _ and -',
  /[^\w-]+/g,
);

export const buildId: Rule<string> = named(
  /^(?!__)[\w.+-]{1,100}$/,
  'a-z, A-Z, 0-9, _, -, + and ., such as a version or the hash of a commit',
  /[^\w.+-]+/g,
);

function named(form: RegExp, characters: string, others: RegExp): Rule<string> {
  return textRule(`at most 100 of ${characters}`, (name) => {
    if (form.test(name)) return good(name);
    const plain = name.replace(others, '-').replace(/^_+/, '');
    return bad(undefined, form.test(plain) ? quoted(plain) : null);
  });
}
