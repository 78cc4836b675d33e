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

/** The CPU time that all processes of the machine have used so far, on all cores (ms); undefined on a system without /proc. */
export function machineCpuMs(): number | undefined {
  try {
    // user, nice, system, idle, iowait, irq, softirq, steal. Source: https://man7.org/linux/man-pages/man5/proc_stat.5.html
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
      .split(/ +/)
      .slice(1)
      .map(Number)
    return (user + nice + system + irq + softirq + steal) * TICK_MS
  } catch {
    return undefined
  }
}

/** The CPU time of this process so far, in all its threads (ms): a limit of it holds however busy the machine is. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
