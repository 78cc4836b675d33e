import { readFileSync } from 'node:fs'

/** Linux counts a process's time in ticks of 1/100 s, whatever the machine. */
const TICK_MS = 10

/** The CPU time that a process has taken so far, in milliseconds; undefined where the system has no /proc. */
export function cpuMs(pid: number): number | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(afterName[11]) + Number(afterName[12])) * TICK_MS
  } catch {
    return undefined
  }
}
