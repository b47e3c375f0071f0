/** Ending or beginning of the names under which browsers, copying programs and office programs write what is not done. */
const temporary = [/\.(?:part|partial|tmp|temp|crdownload|download|filepart)$/i, /^~\$/, /^\./];

/** Whether a program will rename the file when it is done, or remove it. Hidden files count as such. */
export function isTemporaryName(name: string): boolean {
  return temporary.some((pattern) => pattern.test(name));
}
