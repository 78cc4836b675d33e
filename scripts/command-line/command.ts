import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { UserError } from '../../contracts/user-error.ts'
import { diagnoseSystemError } from './system-error.ts'
import { createTerminal, type Terminal } from './terminal.ts'

export interface CommandOption {
  readonly type: 'boolean' | 'string'
  readonly short?: string
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
}

const HELP: CommandOption = { type: 'boolean', short: 'h', meaning: 'Shows this' }

type Values<Options extends Record<string, CommandOption>> = {
  readonly [Name in keyof Options]?: Options[Name]['type'] extends 'boolean' ? boolean : string
}

export interface Invocation<Options extends Record<string, CommandOption>> {
  readonly values: Values<Options>
  readonly positionals: readonly string[]
  /** Prints to standard output, or to standard error when `--json` makes standard output data. */
  readonly terminal: Terminal
}

/**
 * Runs a command: parses the arguments, answers `--help`, and turns an error into an exit code. A UserError, or a file
 * error that a person can fix, is printed as one line with its fix (exit code 1); wrong arguments with a pointer to the
 * usage (2). Any other error is an internal error and keeps its stack (70, EX_SOFTWARE of sysexits.h). For a bad result
 * that is already printed the handler sets `process.exitCode`.
 */
export async function runCommand<Options extends Record<string, CommandOption>>(
  meta: CommandMeta<Options>,
  handler: (invocation: Invocation<Options>) => Promise<void>,
  args: string[] = process.argv.slice(2),
): Promise<void> {
  // Not a failure: the reader stops (`npm run status | head`: EPIPE) or the terminal is closed (EIO).
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const isData = args.includes('--json')
  const terminal = createTerminal(isData ? process.stderr : process.stdout)
  try {
    const { values, positionals } = readArguments(meta, args)
    if (values.help) {
      process.stdout.write(usage(meta))
      return
    }
    await handler({ values: values as Values<Options>, positionals, terminal })
  } catch (error) {
    process.exitCode = report(error, createTerminal(process.stderr))
  }
}

/** Prints the error and returns the exit code. */
function report(error: unknown, terminal: Terminal): number {
  const diagnosis = error instanceof UserError ? error.diagnosis : diagnoseSystemError(error)
  if (diagnosis) {
    terminal.fail(diagnosis.what, diagnosis.fix)
    return diagnosis.code === 'USAGE' ? 2 : 1
  }
  terminal.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 70
}

function readArguments(meta: CommandMeta, args: string[]) {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } }
  for (const [name, { type, short }] of Object.entries(meta.options ?? {})) {
    options[name] = short ? { type, short } : { type }
  }
  try {
    return parseArgs({ args, options, allowPositionals: meta.positionals !== undefined, strict: true })
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split(/\.?\n|\. /)
    throw new UserError(
      { code: 'USAGE', what: `${line.replace(/\.+$/, '')}.`, fix: `npm run ${meta.name} -- --help` },
      {
        cause: error,
      },
    )
  }
}

/** The text of `--help`. */
function usage(meta: CommandMeta): string {
  const options = Object.entries({
    ...meta.options,
    help: HELP,
  })
  const flags = options.map(([name, option]) => {
    const value = option.type === 'string' ? ` <${name}>` : ''
    return [`${option.short ? `-${option.short}, ` : '    '}--${name}${value}`, option.meaning] as const
  })
  const width = Math.max(...flags.map(([flag]) => flag.length))
  return [
    meta.summary,
    '',
    `Usage: npm run ${meta.name} [-- options]${meta.positionals ? ` ${meta.positionals}` : ''}`,
    '',
    ...flags.map(([flag, meaning]) => `  ${flag.padEnd(width)}  ${meaning}`),
    ...(meta.examples ? ['', 'Examples:', ...meta.examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n')
}
