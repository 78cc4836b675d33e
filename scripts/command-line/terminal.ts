import { clearLine, cursorTo } from 'node:readline'
import { PassThrough } from 'node:stream'
import stringWidth from 'fast-string-width'
import { canRedraw, isAsciiOnly } from './capabilities.ts'
import { clipped, type LineStyle, type Part, painted, type StyledText } from './styled-lines.ts'

/** Texts with line ends between them; each line is printed as a plain line, because any of it may be from outside. */
export type Text = Part | readonly Part[]

/** The last line of a step. A plain string means success. */
export type Outcome = string | { readonly ok: boolean; readonly text: string }

/**
 * Prints what a command has to say to a person. Colour and a spinner only on a terminal that has them (NO_COLOR is
 * honoured), whole plain lines elsewhere.
 */
export interface Terminal {
  line(text?: Text): void
  /** A finished step. */
  done(text: Text): void
  /** Something works, but not as a person may expect. */
  warn(text: Text): void
  /** What is wrong, and how to fix it. */
  fail(text: Text, fix?: string): void
  heading(text: string): void
  dim(text: string): StyledText
  bold(text: string): StyledText
  /** Runs a long step under a title; `update` shows a detail beside it. `outcome` makes the last line from the result. */
  progress<T>(
    title: string,
    work: (update: (detail: string) => void) => Promise<T>,
    outcome?: (result: T) => Outcome,
  ): Promise<T>
}

export function createTerminal(stream: NodeJS.WriteStream = process.stdout): Terminal {
  const print = (lines: readonly Part[][]) =>
    void stream.write(`${lines.map((line) => painted(line, stream)).join('\n')}\n`)
  const write = (...texts: readonly Text[]) => print(linesOf(texts.flat()))
  const sign = (style: LineStyle, text: string): StyledText => ({ text, style })
  const terminal: Terminal = {
    line: (text = '') => write(text),
    done: (text) => write([sign('green', '✓'), ' '], text),
    warn: (text) => write([sign('yellow', '!'), ' '], text),
    fail: (text, fix) => {
      write([sign('red', '✗'), ' '], text, ...(fix ? [['\n  ', sign('cyan', '→'), ' ', fix]] : []))
    },
    heading: (text) => print([[], ...linesOf([sign('bold', text)])]),
    dim: (text) => sign('dim', text),
    bold: (text) => sign('bold', text),
    progress: (title, work, outcome) =>
      runStep(terminal, title, work, outcome, canRedraw(stream) ? startSpinner(stream, title) : undefined),
  }
  return terminal
}

/**
 * The parts of each line. All lines but the first are indented, so that none that a sender's name or a server's message
 * has looks like a line of the command: a blank line before a line is one that is printed.
 */
function linesOf(parts: readonly Part[]): Part[][] {
  const lines: Part[][] = [[]]
  for (const part of parts) {
    const [text, style] = typeof part === 'string' ? [part] : [part.text, part.style]
    for (const [index, piece] of text.split(/\r?\n/).entries()) {
      if (index > 0) lines.push([])
      if (piece === '') continue
      const line = lines.at(-1)
      if (lines.length > 1 && line?.length === 0 && /^\S/.test(piece)) line.push('  ')
      line?.push(style === undefined ? piece : { text: piece, style })
    }
  }
  return lines
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
const ASCII_FRAMES = ['|', '/', '-', '\\']
const FRAME_MS = 80

/**
 * Redraws one line in place until it is stopped. It reads no key and leaves the cursor visible, so that Ctrl-C stays a
 * signal and an interrupted command has nothing to restore: docs/adr/terminal-output.md.
 */
function startSpinner(stream: NodeJS.WriteStream, title: string) {
  const frames = isAsciiOnly(stream) ? ASCII_FRAMES : FRAMES
  let shown = title
  let turn = 0
  const clear = () => {
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
  const draw = () => {
    // A terminal that does not read gets no more frames. One that has become too narrow keeps the last.
    if (stream.writableNeedDrain || !canRedraw(stream)) return
    clear()
    const frame: Part = { text: frames[turn++ % frames.length] ?? '', style: 'cyan' }
    // A line that wraps could not be cleared as one line.
    stream.write(painted([frame, ' ', clipped(shown, stream.columns - 3)], stream))
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
