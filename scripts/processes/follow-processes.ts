import type { Terminal } from '../command-line/terminal.ts'
import { FollowedFile } from './log-follow.ts'

const POLL_MS = 200

export interface Source {
  readonly name: string
  readonly log: { readonly path: string; readonly offset: number }
}

/**
 * Shows what processes write to their logs, each line under its name, until it is told to end; what was written by
 * then is shown. `sources` is asked again and again: processes start one after the other.
 */
export function followProcesses(
  sources: () => readonly Source[],
  width: number,
  terminal: Terminal,
): () => void {
  const followed = new Map<string, FollowedFile>()
  const show = (name: string, lines: readonly string[]) => {
    for (const line of lines) terminal.line(`${terminal.dim(`${name.padEnd(width)} |`)} ${line}`)
  }
  const tick = () => {
    for (const { name, log } of sources()) {
      if (!followed.has(name)) followed.set(name, new FollowedFile(log.path, log.offset))
    }
    for (const [name, file] of followed) show(name, file.read())
  }
  const timer = setInterval(tick, POLL_MS)
  return () => {
    clearInterval(timer)
    tick()
    for (const [name, file] of followed) show(name, file.close())
  }
}
