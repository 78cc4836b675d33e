import { plainLine } from './plain-line.ts'
import type { Question } from './question.ts'
import { createTerminal } from './terminal.ts'

/** Ctrl-C and Ctrl-D. */
const CANCEL: ReadonlySet<string> = new Set(['\u0003', '\u0004'])
const ERASE = /[\b\u007F]/
const ERASE_ALL = '\u0015' // Ctrl-U
const ESCAPE = '\u001B'
/** Keys without a character (arrows, Home, F1), a pasted text's marks, and Alt with a key. Source: ECMA-48, section 5.4 */
const SEQUENCES = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|O.|.)?`, 'gu')

type Input = NodeJS.ReadStream

/**
 * Asks on a terminal that cannot redraw a line. Nothing is echoed of a secret. Undefined when the person cancels with
 * Ctrl-C or Ctrl-D, or the terminal closes; empty for Enter alone.
 */
export async function askPlainly(
  { message, isSecret, placeholder, validate }: Question,
  { input = process.stdin, output = process.stdout }: { input?: Input; output?: NodeJS.WriteStream } = {},
): Promise<string | undefined> {
  const terminal = createTerminal(output)
  const hint = isSecret ? ' (not shown)' : placeholder ? ` (${placeholder})` : ''
  for (;;) {
    terminal.line(`${message}${hint}`)
    output.write('> ')
    const answer = await readLine(input, isSecret ? undefined : output)
    output.write('\n')
    if (answer === undefined) return undefined
    const reason = validate(answer)
    if (reason === undefined) return answer
    terminal.warn(reason)
  }
}

/** Reads keys until Enter, and echoes them to a terminal where one is given. Undefined for Ctrl-C, Ctrl-D and the end. */
async function readLine(input: Input, echo: NodeJS.WriteStream | undefined): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const line: string[] = []
  const onKeys = (chunk: string) => {
    const [, keys = '', enter, rest = ''] = /^([^\r\n]*)(\r\n?|\n)?(.*)$/s.exec(chunk) ?? []
    for (const key of keys.replaceAll(SEQUENCES, '')) {
      if (CANCEL.has(key)) return resolve(undefined)
      const erased = key === ERASE_ALL ? line.splice(0) : ERASE.test(key) ? line.splice(-1) : undefined
      if (erased) echo?.write('\b \b'.repeat(erased.length))
      // Tab, and control keys without a meaning here, are no part of any answer.
      else if (plainLine(key) === key) {
        line.push(key)
        echo?.write(key)
      }
    }
    if (enter === undefined) return
    input.pause()
    // Keys that were typed ahead answer the next question.
    if (rest !== '') input.unshift(rest)
    resolve(line.join(''))
  }
  const onEnd = () => resolve(undefined)
  input.setEncoding('utf8').on('data', onKeys).on('end', onEnd).on('error', onEnd)
  input.setRawMode(true).resume()
  const answer = await promise
  input.off('data', onKeys).pause().setRawMode(false)
  input.off('end', onEnd).off('error', onEnd)
  return answer
}
