import { inspect, type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import { diagnoseSystemError } from '../machine/system-error.ts'
import { jsonText } from './data-text.ts'
import { announceInterrupt, endBySignal, endInterrupts, Interruption } from './interruption.ts'
import { prepareOutput } from './output-stream.ts'
import { alignColumns, createTerminal, type Terminal } from './terminal.ts'

export interface CommandOption {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** It may be given several times; the value is a list. */
  readonly multiple?: true
  readonly meaning: string
}

/** The description of a command, from which `--help` is made. */
export interface CommandMeta<Options extends Record<string, CommandOption> = Record<string, CommandOption>> {
  /** The npm script: `npm run <name>`. */
  readonly name: string
  readonly summary: string
  readonly options?: Options
  /** The positional arguments as the usage shows them: `[NAME | NAME=value]`. None are accepted without it. */
  readonly positionals?: string
  readonly examples?: readonly string[]
  /** Lines that explain the output, at the end of the help. */
  readonly notes?: readonly string[]
  /** What a person does after Ctrl-C has ended the command in the middle: how the next run continues. */
  readonly ifInterrupted?: string
}

/** What was typed is wrong, whatever is stored: exit code 2. */
const ARGUMENT_CODES: ReadonlySet<string> = new Set(['USAGE', 'TRACE_ID_INVALID'])

const HELP = { help: { type: 'boolean', short: 'h', meaning: 'Shows this help' } } as const

type Values<Options extends Record<string, CommandOption>> = {
  readonly [Name in keyof Options]?: Options[Name]['type'] extends 'boolean'
    ? boolean
    : Options[Name]['multiple'] extends true
      ? string[]
      : string
}

export interface Invocation<Options extends Record<string, CommandOption>> {
  readonly values: Values<Options>
  readonly positionals: readonly string[]
  /** Prints to standard output; with `--json` to standard error, so that standard output has only the JSON. */
  readonly terminal: Terminal
}

/**
 * Runs a command: parses the arguments, answers `--help`, and turns an error into an exit code:
 * - 1: an error that a person can fix (a UserError, or a system error of {@link diagnoseSystemError}), printed with its
 *   fix and without a stack. For a bad result that is already printed the handler sets `process.exitCode` itself.
 * - 2: wrong arguments, printed with a pointer to the usage.
 * - 70 (EX_SOFTWARE of sysexits.h): any other error. It is an internal error, and is printed with its stack and causes.
 * With `--json` standard output has the error too, as one line: `{"error":{"code":…,"what":…,"fix":…}}`.
 * Ctrl-C, SIGTERM and SIGHUP end the command by that signal, with a line about it.
 */
export async function runCommand<Options extends Record<string, CommandOption>>(
  meta: CommandMeta<Options>,
  handler: (invocation: Invocation<Options>) => Promise<void>,
  args: string[] = process.argv.slice(2),
): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) prepareOutput(stream)
  const isData = args.includes('--json')
  const terminal = createTerminal(isData ? process.stderr : process.stdout)
  announceInterrupt(meta.name, meta.ifInterrupted)
  try {
    const { values, positionals } = readArguments(meta, args)
    if (values.help) {
      printHelp(meta)
      return
    }
    await handler({ values: values as Values<Options>, positionals, terminal })
  } catch (error) {
    process.exitCode = report(error, createTerminal(process.stderr), isData)
    if (error instanceof Interruption) endBySignal(error.signal)
  } finally {
    endInterrupts()
  }
}

/** Prints the error and returns the exit code. */
function report(error: unknown, terminal: Terminal, isData: boolean): number {
  const diagnosis = error instanceof UserError ? error.diagnosis : diagnoseSystemError(error)
  if (isData) process.stdout.write(`${jsonText({ error: diagnosis ?? internalError(error) })}\n`)
  if (diagnosis) {
    terminal.fail(diagnosis.what, diagnosis.fix)
    return ARGUMENT_CODES.has(diagnosis.code) ? 2 : 1
  }
  terminal.fail(`Internal error: ${inspect(error)}`)
  return 70
}

function internalError(error: unknown): Diagnosis {
  const what = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL_ERROR', what, fix: 'The stack is on standard error.' }
}

function readArguments(meta: CommandMeta, args: string[]) {
  const options: ParseArgsOptionsConfig = {}
  for (const [name, option] of Object.entries<CommandOption>({ ...meta.options, ...HELP })) {
    const { type, short, multiple = false } = option
    options[name] = { type, multiple, ...(short && { short }) }
  }
  try {
    return parseArgs({ args, options, allowPositionals: meta.positionals !== undefined, strict: true })
  } catch (error) {
    // The first sentence of Node's message: the next ones explain how to write a positional argument.
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\.?\n|\. /)
    const what = `${first.replace(/\.+$/, '')}.`
    throw new UserError({ code: 'USAGE', what, fix: `npm run ${meta.name} -- --help` }, { cause: error })
  }
}

/** Prints the text of `--help`. */
export function printHelp(meta: CommandMeta): void {
  const terminal = createTerminal()
  for (const line of helpText(meta).trimEnd().split('\n')) terminal.line(line)
}

/** The text of `--help`. */
function helpText(meta: CommandMeta): string {
  const flags = Object.entries<CommandOption>({ ...meta.options, ...HELP }).map(
    ([name, { type, short, meaning }]) => {
      const value = type === 'string' ? ` <${name}>` : ''
      return [`  ${short ? `-${short}, ` : '    '}--${name}${value}`, meaning]
    },
  )
  return [
    meta.summary,
    '',
    `Usage: npm run ${meta.name} [-- options]${meta.positionals ? ` ${meta.positionals}` : ''}`,
    '',
    ...alignColumns(flags),
    ...(meta.examples ? ['', 'Examples:', ...meta.examples.map((example) => `  ${example}`)] : []),
    ...(meta.notes ? ['', ...meta.notes] : []),
    '',
  ].join('\n')
}
