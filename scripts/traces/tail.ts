import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { untilInterrupted } from '../command-line/interruption.ts'
import { isBackedUp } from '../command-line/output-stream.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { Arrivals } from './arrivals.ts'
import type { TracesContext } from './context.ts'
import { followRequests, type LiveListener } from './live-requests.ts'
import { filterParameters } from './request-filters.ts'
import { requestLine } from './request-lines.ts'

/** The sandbox has at most so many requests in one event; with as many, some may be left out. */
const MOST_IN_EVENT = 120
const TICK_MS = 200

/** `npm run traces -- tail`: requests as they arrive, until Ctrl-C or until the output has no reader. */
export async function tail(context: TracesContext): Promise<void> {
  const { reads, values } = context
  const people = createTerminal(process.stderr)
  const ended = untilInterrupted()
  // `npm run traces -- tail | head` closes the pipe, which ends this command without an error.
  process.stdout.on('error', () => process.exit(0))
  const filters = filterParameters(values)
  // Throws where no sandbox answers, or where it rejects a filter: there is nothing to wait for.
  await reads.requests({ ...filters, limit: 1 })

  const printer = values.json ? jsonPrinter(context) : settledPrinter(context)
  let lostMs = Date.now()
  let isMissing = false
  const catchUp = () =>
    reads.requests({ ...filters, since: lostMs }).then(
      ({ requests }) => printer.add(requests),
      () => {},
    )
  const listener: LiveListener = {
    onOpen: (isAgain) => {
      people.line(
        isAgain
          ? '… The sandbox is back.'
          : '… Waiting for requests. A + is a request that had a line before, with more records. Ctrl-C ends this.',
      )
      if (isAgain) void catchUp()
    },
    onEvent: ({ requests }) => {
      // Their number has no bound while the output is not read.
      if (isBackedUp(process.stdout)) {
        isMissing = true
        return
      }
      if (isMissing)
        people.warn('The output was not read: npm run traces -- find lists what is missing here.')
      isMissing = false
      printer.add(requests)
      if (requests.length < MOST_IN_EVENT) return
      people.warn(`More than ${MOST_IN_EVENT} requests at once: npm run traces -- find lists all of them.`)
    },
    onLost: () => {
      lostMs = Date.now()
      people.warn('The sandbox does not answer. This goes on when it does.')
    },
  }
  await followRequests(liveAddress(reads.url, filters), listener, ended).finally(printer.end)
}

function liveAddress(sandbox: string, filters: ReturnType<typeof filterParameters>): URL {
  const address = new URL('/sandbox/live', sandbox)
  for (const [name, value] of Object.entries(filters))
    if (value !== undefined) address.searchParams.set(name, String(value))
  return address
}

interface Printer {
  /** `rows`: the newest first. */
  readonly add: (rows: readonly RequestRow[]) => void
  readonly end: () => void
}

/** One JSON document a line, as the sandbox sends them: again whenever more of a request has arrived. */
function jsonPrinter({ printJson }: TracesContext): Printer {
  const add = (rows: readonly RequestRow[]) => {
    for (const row of rows.toReversed()) printJson(row, true)
  }
  return { add, end: () => {} }
}

/** A line for each request, when its records have arrived. */
function settledPrinter(context: TracesContext): Printer {
  const arrivals = new Arrivals()
  const show = (nowMs: number) => {
    for (const { row, isMore } of arrivals.take(nowMs))
      context.print([[isMore ? '+ ' : '  ', ...requestLine(row, context.width - 2)]])
  }
  const timer = setInterval(() => show(Date.now()), TICK_MS)
  const end = () => {
    clearInterval(timer)
    show(Number.POSITIVE_INFINITY)
  }
  return { add: (rows) => arrivals.add(rows, Date.now()), end }
}
