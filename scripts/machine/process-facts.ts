import { readFileSync } from 'node:fs'

/** What the system knows about a process. */
export interface ProcessFacts {
  readonly startTime: string
  /** The process group's id: the pid itself for a group's leader. */
  readonly group: number
  /** Dead, but not yet reaped by its parent (in a container without an init, that may be never). */
  readonly isZombie: boolean
  /** By a signal (kill -STOP, Ctrl-Z) or by a debugger: it runs on when it is told to. */
  readonly isSuspended: boolean
}

// zx takes a moment to load, and on Linux /proc has all of this.
const zx = process.platform === 'linux' ? undefined : await import('zx')

/** undefined where no process has this pid. */
export function readFacts(pid: number): ProcessFacts | undefined {
  if (process.platform === 'linux') {
    const stat = readOrUndefined(`/proc/${pid}/stat`)
    return stat === undefined ? undefined : parseStat(stat, bootId())
  }
  // The columns are compared as text, so `ps` gets a fixed locale and time zone.
  const line = ps('stat=,pgid=,lstart=', pid)
  return line === undefined ? undefined : parsePs(line)
}

/** Resident memory of a process in bytes; undefined where it has ended. */
export function readMemory(pid: number): number | undefined {
  // proc_pid_status(5): "VmRSS:     51234 kB", where kB is 1024 bytes; `ps` uses the same unit.
  const kibibytes =
    process.platform === 'linux'
      ? Number(/^VmRSS:\s+(\d+) kB$/m.exec(readOrUndefined(`/proc/${pid}/status`) ?? '')?.[1])
      : Number(ps('rss=', pid))
  return kibibytes > 0 ? kibibytes * 1024 : undefined
}

/** Clock ticks a second in /proc, on every Linux (sysconf(3), _SC_CLK_TCK). */
const TICKS_PER_S = 100

/**
 * How long a process has run (s), by the clock that runs since the boot: the machine's time may have been set meanwhile.
 * Undefined where the system does not have it.
 */
export function readUptime({ startTime }: Pick<ProcessFacts, 'startTime'>): number | undefined {
  // proc_uptime(5): seconds since the boot, suspended time included as in the start times.
  const sinceBoot = Number(readOrUndefined('/proc/uptime')?.split(' ')[0] || Number.NaN)
  const seconds = Math.round(sinceBoot - Number(startTime.split('@')[0]) / TICKS_PER_S)
  return seconds >= 0 ? seconds : undefined
}

/**
 * Reads a line of /proc/<pid>/stat (proc_pid_stat(5)). The second field is the program's name in brackets, which may
 * itself hold spaces and brackets, so that counting starts after the last one.
 */
export function parseStat(stat: string, boot: string): ProcessFacts | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , group] = fields // fields 3, 4, 5
  const startTicks = fields[19] // field 22
  if (state === undefined || group === undefined || startTicks === undefined) return undefined
  return {
    startTime: `${startTicks}@${boot}`,
    group: Number(group),
    isZombie: state === 'Z' || state === 'X',
    isSuspended: state === 'T' || state === 't',
  }
}

let boot: string | undefined

/** Ticks start again with every boot, and a state file may outlive one. */
function bootId(): string {
  boot ??= readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim().slice(0, 8) ?? 'unknown'
  return boot
}

/** Reads `ps -o stat=,pgid=,lstart=`: `Ss  4711 Mon Jan  5 10:00:00 2026`. */
export function parsePs(line: string): ProcessFacts | undefined {
  const match = /^\s*(\S+)\s+(\d+)\s+(\S.*\S)\s*$/.exec(line)
  if (!match?.[1] || !match[2] || !match[3]) return undefined
  return {
    startTime: match[3].replace(/\s+/g, ' '),
    group: Number(match[2]),
    isZombie: match[1].startsWith('Z'),
    isSuspended: match[1].startsWith('T'),
  }
}

function ps(columns: string, pid: number): string | undefined {
  if (!zx) return undefined
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = zx.$({ sync: true, quiet: true, nothrow: true, env })`ps -o ${columns} -p ${pid}`
  return stdout.trim() || undefined
}

/** Reads a file; undefined where it is missing or cannot be read, as in /proc where a process is another user's. */
export function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
