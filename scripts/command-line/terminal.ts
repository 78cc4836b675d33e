import { clearLine, cursorTo } from 'node:readline'
import { PassThrough } from 'node:stream'
import { styleText } from 'node:util'
import stringWidth from 'fast-string-width'

type Style = Parameters<typeof styleText>[0]

/** The last line of a step. A plain string means success. */
export type Outcome = string | { readonly ok: boolean; readonly text: string }

/**
 * Prints what a command has to say to a person. Colour and a spinner only on a terminal (NO_COLOR is honoured), whole
 * plain lines elsewhere.
 */
export interface Terminal {
  line(text?: string): void
  /** A finished step. */
  done(text: string): void
  /** Something works, but not as a person may expect. */
  warn(text: string): void
  /** What is wrong, and how to fix it. */
  fail(text: string, fix?: string): void
  heading(text: string): void
  dim(text: string): string
  bold(text: string): string
  /** Runs a long step under a title; `update` shows a detail beside it. `outcome` makes the last line from the result. */
  progress<T>(
    title: string,
    work: (update: (detail: string) => void) => Promise<T>,
    outcome?: (result: T) => Outcome,
  ): Promise<T>
}

export function createTerminal(stream: NodeJS.WriteStream = process.stdout): Terminal {
  const paint = (style: Style, text: string) => styleText(style, text, { stream })
  const write = (text: string) => void stream.write(`${text}\n`)
  const terminal: Terminal = {
    line: (text = '') => write(text),
    done: (text) => write(`${paint('green', '✓')} ${text}`),
    warn: (text) => write(`${paint('yellow', '!')} ${text}`),
    fail: (text, fix) =>
      write(`${paint('red', '✗')} ${text}${fix ? `\n  ${paint('cyan', '→')} ${fix}` : ''}`),
    heading: (text) => write(`\n${paint('bold', text)}`),
    dim: (text) => paint('dim', text),
    bold: (text) => paint('bold', text),
    progress: (title, work, outcome) =>
      runStep(terminal, title, work, outcome, stream.isTTY ? startSpinner(stream, title) : undefined),
  }
  return terminal
}

/** The same terminal without a spinner: steps print whole lines, so that other lines may appear between them. */
export function withoutSpinner(terminal: Terminal): Terminal {
  return { ...terminal, progress: (title, work, outcome) => runStep(terminal, title, work, outcome) }
}

async function runStep<T>(
  terminal: Terminal,
  title: string,
  work: (update: (detail: string) => void) => Promise<T>,
  outcome: (result: T) => Outcome = () => title,
  spinner?: ReturnType<typeof startSpinner>,
): Promise<T> {
  const startedMs = performance.now()
  if (!spinner) terminal.line(`… ${title}`)
  try {
    const result = await work((detail) => spinner?.show(detail === '' ? title : `${title}: ${detail}`))
    const end = outcome(result)
    const { ok, text } = typeof end === 'string' ? { ok: true, text: end } : end
    spinner?.stop()
    const seconds = (performance.now() - startedMs) / 1000
    const duration = !spinner && seconds >= 1 ? ` (${seconds.toFixed(1)} s)` : ''
    const print = ok ? terminal.done : terminal.fail
    print(`${text}${duration}`)
    return result
  } catch (error) {
    spinner?.stop()
    if (spinner) terminal.fail(title)
    throw error
  }
}

/** Prints nothing: for functions that are called for their result. */
export function silentTerminal(): Terminal {
  return createTerminal(new PassThrough().resume() as unknown as NodeJS.WriteStream)
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80

/**
 * Redraws one line in place until it is stopped. It reads no key and leaves the cursor visible, so that Ctrl-C stays a
 * signal and an interrupted command has nothing to restore: docs/adr/terminal-output.md.
 */
function startSpinner(stream: NodeJS.WriteStream, title: string) {
  let shown = title
  let turn = 0
  const clear = () => {
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
  const draw = () => {
    // A terminal without a size reports 0 columns. A line that wraps could not be cleared as one line.
    const width = (stream.columns || 80) - 3
    clear()
    const frame = FRAMES[turn++ % FRAMES.length] ?? ''
    stream.write(`${styleText('cyan', frame, { stream })} ${[...shown].slice(0, width).join('')}`)
  }
  const timer = setInterval(draw, FRAME_MS)
  draw()
  return {
    show: (text: string) => {
      shown = text
    },
    stop: () => {
      clearInterval(timer)
      clear()
    },
  }
}

/**
 * Rows of a table as lines: each column as wide as its widest cell, the `numeric` ones aligned to the right. A wide
 * character (`雪`) counts as the two columns that a terminal gives it.
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell))
  const align = (cell: string, column: number) => {
    const space = ' '.repeat((widths[column] ?? 0) - stringWidth(cell))
    return numeric.includes(column) ? `${space}${cell}` : `${cell}${space}`
  }
  return rows.map((row) => row.map(align).join('  ').trimEnd())
}
