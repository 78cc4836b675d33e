import { readFileSync } from 'node:fs'

/** Linux reports CPU time in ticks of 1/100 s on every machine. */
const TICK_MS = 10

/** The CPU time of a process so far (ms); undefined on a system without /proc. */
export function cpuMs(pid: number): number | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(afterName[11]) + Number(afterName[12])) * TICK_MS
  } catch {
    return undefined
  }
}
