import type { ExitState } from './state-file.ts'

/** Sources: https://nodejs.org/api/process.html#exit-codes, and bash(1), EXIT STATUS. */
const CODES: Readonly<Record<number, string>> = {
  1: 'an error that nothing caught',
  9: 'an argument that node does not know',
  13: 'a promise at the top level that was never settled',
  126: 'the program may not be executed',
  127: 'the program was not found',
  130: 'interrupted',
  134: 'aborted, perhaps out of memory',
  137: 'killed, perhaps for want of memory',
  139: 'a segmentation fault',
  143: 'asked to end',
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'by somebody, or by the system for want of memory',
  SIGSEGV: 'a segmentation fault',
  SIGABRT: 'aborted, perhaps out of memory',
  SIGTERM: 'asked to end',
  SIGINT: 'interrupted',
}

/** How a process ended, in words: `exit code 127 (the program was not found)`. */
export function describeExit({ code, signal }: ExitState): string {
  if (signal !== null) return withReason(`signal ${signal}`, SIGNALS[signal])
  if (code === null) return 'an unknown end'
  return withReason(`exit code ${code}`, CODES[code])
}

function withReason(what: string, reason: string | undefined): string {
  return reason ? `${what} (${reason})` : what
}
