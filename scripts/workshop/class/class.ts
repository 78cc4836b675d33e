import { jsonText } from '../../command-line/data-text.ts'
import type { Terminal } from '../../command-line/terminal.ts'
import { usageError } from '../arguments.ts'
import { type ReadExport, readSource } from './read.ts'
import { reportOf } from './report.ts'
import { showReport } from './show.ts'
import { readInput, readPaths, type Source, type Unread } from './sources.ts'

/**
 * Shows the progress of a class from the learners' exports: files, folders, and `-` for standard input. A file that cannot
 * be read is named below the table, and the exit code is 1 only if none could be read. Throws a UserError (USAGE) without
 * a file.
 */
export async function showClass(
  paths: readonly string[],
  terminal: Terminal,
  { isByName, isJson }: { readonly isByName: boolean; readonly isJson: boolean },
): Promise<void> {
  const usage =
    'npm run workshop -- class *.json, or a folder, or: cat *.json | npm run --silent workshop -- class -'
  if (paths.length === 0) throw usageError('Say which files.', usage)
  if (paths.includes('-') && process.stdin.isTTY)
    throw usageError('- reads a pipe, and there is none.', usage)
  const input = paths.includes('-') ? await readInput(process.stdin) : []
  const files = paths.filter((path) => path !== '-')
  // One file at a time: only what was read of it stays in memory.
  const read = [...readPaths(files, startFolder()).flatMap(readOne), ...input.flatMap(readOne)]
  const report = reportOf(read, isByName ? 'name' : 'progress')
  if (isJson) process.stdout.write(`${jsonText(report, 2)}\n`)
  else showReport(report, terminal)
  if (report.rows.length === 0) process.exitCode = 1
}

function readOne(one: Source | Unread): (ReadExport | Unread)[] {
  return 'bytes' in one ? readSource(one) : [one]
}

/** The folder in which the person is. npm runs its scripts in the root of the repository. */
function startFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { npm_lifecycle_event, INIT_CWD } = environment
  return (npm_lifecycle_event === 'workshop' && INIT_CWD) || process.cwd()
}
