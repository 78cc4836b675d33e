import type { AppEnvironment } from './variables.ts'

/** Lines for `eval` in any shell of POSIX, and in fish: an `export` for each variable, after its reason as a comment. */
export function shellLines({ title, variables, remarks }: AppEnvironment, page: string | undefined): string {
  const lines = [
    `# ${title}${page ? `: ${page}` : ''}`,
    ...variables.flatMap(({ name, value, why }) => [`# ${why}`, `export ${name}=${quoted(value)}`]),
    ...remarks.map((remark) => `# ${remark}`),
  ]
  return `${lines.join('\n')}\n`
}

/** One word of a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
