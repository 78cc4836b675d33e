import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import xterm from '@xterm/headless'
import { shellWord } from '../../contracts/shell-word.ts'
import { poll } from '../../scripts/machine/poll.ts'
import { findProgram } from './process.ts'

/** Wide enough that no line wraps, however long the path of the temporary folder is. */
const COLUMNS = 400
const ROWS = 200
const DEADLINE_MS = 60_000

/** util-linux's `script` runs a command in a new terminal; other implementations have other options. */
export const hasPty = process.platform === 'linux' && findProgram(['script', '--version']).isThere

export interface Pty {
  /** The screen's text now, without colours and trailing blanks. */
  screen(): Promise<string>
  /** Waits until the text appears after the end of the last text that was waited for. */
  waitFor(text: string): Promise<void>
  /** Everything that was written, with its control sequences. */
  output(): string
  type(keys: string): void
  /** From now on nothing is read, as of a terminal that Ctrl-S or a lost connection has stopped. */
  stopReading(): void
  /** The command's own, once it has printed something. */
  pid(): number
  readonly exited: Promise<number | null>
  kill(): void
}

/** Runs a command in a terminal that a test reads and types into. */
export function startInTerminal(
  command: readonly string[],
  {
    cwd,
    env,
    columns = COLUMNS,
    term = 'xterm-256color',
  }: {
    readonly cwd: string
    readonly env: Readonly<Record<string, string>>
    /** 0: the terminal has no size. */
    readonly columns?: number
    readonly term?: string
  },
): Pty {
  const words = command.map(shellWord).join(' ')
  // Quiet, with the command's exit code, flushed after each write, and the command as a string.
  const child = spawn(
    'script',
    ['-qefc', `stty cols ${columns} rows ${ROWS}; echo $$ >&3; exec ${words}`, '/dev/null'],
    {
      cwd,
      env: { ...env, TERM: term },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    },
  )
  const terminal = new xterm.Terminal({
    cols: columns || COLUMNS,
    rows: ROWS,
    scrollback: 5_000,
    allowProposedApi: true,
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    terminal.write(chunk)
  })
  let pid = Number.NaN
  const pidPipe = child.stdio[3] as Readable
  pidPipe.on('data', (chunk: Buffer) => {
    pid = Number(chunk)
  })
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  let seen = 0

  const screen = async () => {
    // xterm writes asynchronously; the callback runs after all earlier writes.
    await new Promise<void>((written) => terminal.write('', written))
    const { active } = terminal.buffer
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    )
    return lines.join('\n').trimEnd()
  }
  return {
    screen,
    async waitFor(text) {
      const find = async () => {
        const hasExited = child.exitCode !== null
        const start = (await screen()).indexOf(text, seen)
        return start !== -1 || hasExited ? start : undefined
      }
      const start = (await poll(find, { deadlineMs: DEADLINE_MS })) ?? -1
      if (start === -1) throw new Error(`${text} did not appear. The screen:\n${await screen()}`)
      seen = start + text.length
    },
    output: () => Buffer.concat(chunks).toString(),
    stopReading: () => void child.stdout.pause(),
    pid: () => pid,
    type: (keys) => void child.stdin.write(keys),
    exited,
    kill: () => void child.kill('SIGKILL'),
  }
}
