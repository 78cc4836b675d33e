import { readFileSync } from 'node:fs'
import { readMemoryByPs } from './ps.ts'

/** Resident memory of a process in bytes; undefined where it has ended. */
export function readMemory(pid: number): number | undefined {
  if (process.platform !== 'linux') return readMemoryByPs(pid)
  try {
    // proc_pid_status(5): "VmRSS:     51234 kB", where kB is 1024 bytes.
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  } catch {
    return undefined
  }
}
