/**
 * For a terminal: names of files come from outside, and nothing in them may move the cursor, or turn the direction of what
 * follows. Line breaks stay.
 */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '\u{FFFD}');
}
