import { shellWord } from '../../contracts/shell-word.ts'
import type { AppEnvironment } from './variables.ts'

/** Lines for `eval` in any shell of POSIX, and in fish: an `export` for each variable, after its reason as a comment. */
export function shellLines({ title, variables, remarks }: AppEnvironment, page: string | undefined): string {
  const lines = [
    `# ${title}${page ? `: ${page}` : ''}`,
    ...variables.flatMap(({ name, value, why }) => [`# ${why}`, `export ${name}=${shellWord(value)}`]),
    ...remarks.map((remark) => `# ${remark}`),
  ]
  return `${lines.join('\n')}\n`
}
