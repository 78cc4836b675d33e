import { PassThrough } from 'node:stream'
import { styleText } from 'node:util'
import { updateSettings } from '@clack/prompts'
import ora from 'ora'

// Ctrl-D at a question ends the input that it waits for: without this it would wait for ever, and Node give up on it.
updateSettings({ aliases: { '\u0004': 'cancel' } })

type Style = Parameters<typeof styleText>[0]

/** How a step came out: a sentence, and whether it is good news (it is, where nothing else is said). */
export type Outcome = string | { readonly ok: boolean; readonly text: string }

/**
 * What a command says to a person. Colour and moving progress only on a terminal (NO_COLOR is honoured); plain,
 * whole lines elsewhere. A command whose stdout is data says its human lines on stderr.
 */
export interface Terminal {
  line(text?: string): void
  /** A finished step. */
  done(text: string): void
  /** Something that works, but not as the person may expect. */
  warn(text: string): void
  /** What is wrong, and what to do about it. */
  fail(text: string, fix?: string): void
  heading(text: string): void
  dim(text: string): string
  bold(text: string): string
  /** Runs a long step under a title; `update` tells how far it is. The answer of `work` may name the outcome. */
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
      stream.isTTY ? withSpinner(stream, title, work, outcome) : withLines(terminal, title, work, outcome),
  }
  return terminal
}

/** Says nothing: for a command that asks another what it would do. */
export function silentTerminal(): Terminal {
  return createTerminal(new PassThrough().resume() as unknown as NodeJS.WriteStream)
}

async function withSpinner<T>(
  stream: NodeJS.WriteStream,
  title: string,
  work: (update: (detail: string) => void) => Promise<T>,
  outcome: (result: T) => Outcome = () => title,
): Promise<T> {
  // What is typed stays with the terminal, so that Ctrl-C is a signal, as it is without a spinner.
  const wheel = ora({ text: title, stream, discardStdin: false }).start()
  const end = (style: Style, symbol: string, text: string) =>
    wheel.stopAndPersist({ symbol: styleText(style, symbol, { stream }), text })
  try {
    const result = await work((detail) => {
      wheel.text = detail === '' ? title : `${title}: ${detail}`
    })
    const { ok, text } = told(outcome(result))
    if (ok) end('green', '✓', text)
    else end('red', '✗', text)
    return result
  } catch (error) {
    end('red', '✗', title)
    throw error
  }
}

async function withLines<T>(
  terminal: Terminal,
  title: string,
  work: (update: (detail: string) => void) => Promise<T>,
  outcome: (result: T) => Outcome = () => title,
): Promise<T> {
  const startedAt = performance.now()
  terminal.line(`… ${title}`)
  const result = await work(() => {})
  const seconds = (performance.now() - startedAt) / 1000
  const { ok, text } = told(outcome(result))
  const say = ok ? terminal.done : terminal.fail
  say(`${text}${seconds >= 1 ? ` (${seconds.toFixed(1)} s)` : ''}`)
  return result
}

function told(outcome: Outcome): { readonly ok: boolean; readonly text: string } {
  return typeof outcome === 'string' ? { ok: true, text: outcome } : outcome
}
