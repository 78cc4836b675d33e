/**
 * The text as one word of a POSIX shell, for commands that a person pastes: as it is, or in single quotes, in which no
 * character has a meaning. Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, 2.2.2
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
