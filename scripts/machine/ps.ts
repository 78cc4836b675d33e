import type { ProcessFacts } from './process-facts.ts'

// zx takes a moment to load, and Linux tells all of this through /proc.
const zx = process.platform === 'linux' ? undefined : await import('zx')

/** What `ps` tells of a process, where there is no /proc (macOS). The locale is fixed: the start time is compared as text. */
export function readByPs(pid: number): ProcessFacts | undefined {
  const line = ps('stat=,pgid=,lstart=', pid)
  return line === undefined ? undefined : parsePs(line)
}

/** Resident memory in bytes, by `ps`. */
export function readMemoryByPs(pid: number): number | undefined {
  const kibibytes = Number(ps('rss=', pid))
  return kibibytes > 0 ? kibibytes * 1024 : undefined
}

/** Reads `ps -o stat=,pgid=,lstart=`: `Ss  4711 Mon Jan  5 10:00:00 2026`. */
export function parsePs(line: string): ProcessFacts | undefined {
  const match = /^\s*(\S+)\s+(\d+)\s+(\S.*\S)\s*$/.exec(line)
  if (!match?.[1] || !match[2] || !match[3]) return undefined
  return {
    startTime: match[3].replace(/\s+/g, ' '),
    group: Number(match[2]),
    isZombie: match[1].startsWith('Z'),
  }
}

function ps(columns: string, pid: number): string | undefined {
  if (!zx) return undefined
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = zx.$({ sync: true, quiet: true, nothrow: true, env })`ps -o ${columns} -p ${pid}`
  return stdout.trim() || undefined
}
