import { UserError } from '../../contracts/user-error.ts'
import { sandboxPage, sandboxUrl } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { jsonText } from '../command-line/data-text.ts'
import { columnsOf, styledText } from '../command-line/styled-lines.ts'
import { requireOwn } from '../processes/neighbour.ts'
import { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { compare } from './compare.ts'
import type { TracesContext, TracesValues } from './context.ts'
import { find } from './find.ts'
import { FILTER_OPTIONS, ORDER_OPTIONS } from './request-filters.ts'
import { show } from './show.ts'
import { tail } from './tail.ts'

/** Runs `npm run traces`. Throws a UserError. */
export async function runTraces(given: {
  readonly values: TracesValues
  readonly positionals: readonly string[]
}): Promise<void> {
  const [command = '', ...ids] = given.positionals
  const settings = readSettings()
  const context: TracesContext = {
    reads: new SandboxReads(sandboxUrl(settings)),
    page: sandboxPage(settings, await detectWorkspace().portUrl(settings.SANDBOX_PORT)),
    values: given.values,
    get width() {
      return columnsOf(process.stdout)
    },
    print: (lines) => void process.stdout.write(styledText(lines, process.stdout)),
    printJson: (value, isLine = false) =>
      void process.stdout.write(`${jsonText(value, isLine ? undefined : 2)}\n`),
  }
  checkOptions(command, given.values)
  const work = workOf(command, ids, context)
  if (work) {
    await requireOwn('sandbox', context.reads.url, settings)
    return work()
  }
  throw new UserError({
    code: 'USAGE',
    what:
      command === ''
        ? 'Say what to do: tail, find, show or compare.'
        : `The command does not take: ${given.positionals.join(' ')}.`,
    fix: 'npm run traces -- --help',
  })
}

/** Undefined for a wrong number of ids, or an unknown command. */
function workOf(
  command: string,
  [a, b, more]: readonly string[],
  context: TracesContext,
): (() => Promise<void>) | undefined {
  if (command === 'tail' && !a) return () => tail(context)
  if (command === 'find' && !a) return () => find(context)
  if (command === 'show' && a && !b) return () => show(a, context)
  if (command === 'compare' && a && b && !more) return () => compare(a, b, context)
  return undefined
}

const FILTERS = Object.keys(FILTER_OPTIONS)
/** The options of each subcommand. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  tail: FILTERS.filter((name) => name !== 'since' && name !== 'until'),
  find: [...FILTERS, ...Object.keys(ORDER_OPTIONS), 'limit'],
  show: ['lens', 'limit', 'all', 'span'],
  compare: ['lens', 'limit', 'all'],
}

/** Throws a UserError with the code USAGE for an option that would have no effect. */
function checkOptions(command: string, values: TracesValues): void {
  const wrong = Object.keys(values).find(
    (name) => name !== 'json' && OPTIONS[command]?.includes(name) === false,
  )
  if (wrong === undefined) return
  throw new UserError({
    code: 'USAGE',
    what: `--${wrong} has no meaning with ${command}.`,
    fix: 'npm run traces -- --help',
  })
}
