import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { lockOwner } from '../machine/lock.ts'
import { findDifferences } from './difference.ts'
import { settle } from './ensure-running.ts'
import { StartFailure } from './failure.ts'
import { followProcesses } from './follow-processes.ts'
import type { Handover } from './handover.ts'
import { planHandover, type RunOptions } from './running.ts'
import { type SupervisorState, stateFolders } from './state-file.ts'
import { stopSupervisor } from './stop-all.ts'
import { Supervisor } from './supervisor.ts'

/**
 * One Ctrl-C may arrive several times: from the terminal, and forwarded by npm. What comes within this time (ms) of
 * the first is the same keystroke.
 */
const SAME_KEYSTROKE_MS = 500

const INTERRUPTED = 130 // 128 + SIGINT, as shells have it

/**
 * Runs every process that the settings ask for under this one, shows what they write, and ends when it is asked to:
 * by Ctrl-C, SIGTERM or the terminal's closing, after an ordered stop; a second Ctrl-C kills everything and exits
 * with 130. Where they run already, it says so and returns. Throws a UserError where they cannot be started.
 */
export async function runForeground(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
): Promise<void> {
  const handover = planHandover(settings, 'foreground', options)
  const folders = stateFolders(handover.directory)
  for (;;) {
    const owner = lockOwner(folders.run)
    if (owner) {
      const state = await settle(owner, folders, terminal)
      if (state?.phase !== 'running') continue
      const differences = findDifferences(state, handover.specs)
      if (differences.length === 0) return sayRunning(state, terminal)
      terminal.line(`Starting again: ${differences.join('; ')}.`)
      await stopSupervisor(owner, folders, terminal)
    }
    if ((await supervise(handover, terminal)) === 'ended') return
  }
}

function sayRunning({ mode, supervisor, processes }: SupervisorState, terminal: Terminal): void {
  const where = mode === 'background' ? 'in the background' : 'in another terminal'
  terminal.done(`Running already, ${where} (pid ${supervisor.pid})`)
  for (const { name, url } of processes) if (url) terminal.line(`  ${name}: ${url}`)
  terminal.line('  npm run logs follows them, npm stop ends them.')
}

async function supervise(handover: Handover, terminal: Terminal): Promise<'ended' | 'busy'> {
  const supervisor = new Supervisor(handover, terminal)
  const ended = Promise.withResolvers<void>()
  const release = onSignals(supervisor, terminal, ended.resolve)
  const width = Math.max(...handover.specs.map(({ name }) => name.length))
  const sources = () => supervisor.children.map(({ spec, log }) => ({ name: spec.name, log }))
  const endFollowing = followProcesses(sources, width, terminal)
  try {
    const outcome = await supervisor.start()
    if (outcome === 'busy') return 'busy'
    if (outcome === 'running') {
      sayReady(supervisor, terminal)
      await stayUntil(ended.promise)
    }
    return 'ended'
  } catch (error) {
    // Its last lines have just been shown.
    if (error instanceof StartFailure) {
      const { code, message, fix } = error.failure
      throw new UserError({ code, what: message, fix }, { cause: error })
    }
    throw error
  } finally {
    endFollowing()
    release()
  }
}

function sayReady(supervisor: Supervisor, terminal: Terminal): void {
  terminal.heading('Everything runs. Ctrl-C stops it.')
  for (const { name, url } of supervisor.processes) if (url) terminal.line(`  ${name}: ${url}`)
}

/** Waits, and keeps this process going even if every process of its own has crashed. */
async function stayUntil(end: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 60_000)
  await end
  clearInterval(timer)
}

function onSignals(supervisor: Supervisor, terminal: Terminal, stopped: () => void): () => void {
  let firstAt: number | undefined
  const stop = () => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      terminal.line('\nStopping. Ctrl-C again kills everything at once.')
    }
    void supervisor.stop().then(stopped)
  }
  const interrupt = () => {
    if (firstAt === undefined || performance.now() - firstAt < SAME_KEYSTROKE_MS) return stop()
    supervisor.kill()
    process.exit(INTERRUPTED)
  }
  // What is written to a terminal that has closed fails; the processes are stopped in order all the same.
  const ignore = () => {}
  process.on('SIGINT', interrupt).on('SIGTERM', stop).on('SIGHUP', stop)
  process.stdout.on('error', ignore)
  process.stderr.on('error', ignore)
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', stop).off('SIGHUP', stop)
  }
}
