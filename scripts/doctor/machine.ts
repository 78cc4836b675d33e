import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Examination, type Finding, found, good, joined } from './finding.ts'

const NODE_MAJOR = 24
const MB = 1024 * 1024
/** The sandbox keeps up to this much, and the database some more. */
const DISK_WANTED_MB = 1_500
const DISK_NEEDED_MB = 200
/** What the four processes take when they start (README). */
const MEMORY_WANTED_MB = 700

/** Node, the disk, the memory, and whether the workspace may write where it has to. */
export async function examineMachine(stateDirectory: string): Promise<Examination> {
  return joined([
    examineNode(),
    examineFolder(stateDirectory),
    await examineDisk(stateDirectory),
    // What a container may still take, where it is one.
    judgeMemory(process.availableMemory() / MB),
  ])
}

function examineNode(version = process.versions.node): Examination {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return good(`Node ${version}`)
  return found({
    severity: 'problem',
    what: `This is Node ${version}.`,
    why: `The workspace is TypeScript that Node ${NODE_MAJOR} runs as it is.`,
    fix: 'npm run doctor, which brings the right Node along, rather than the file itself',
  })
}

function examineFolder(folder: string): Examination {
  const existing = nearest(folder)
  if (!statSync(existing).isDirectory()) {
    return found({
      severity: 'problem',
      what: `${existing} is no folder.`,
      why: 'Logs, data and the X-Ray daemon are to be kept there.',
      fix: 'Name one: npm run env -- WORKSPACE_STATE_DIR=<folder>',
    })
  }
  try {
    accessSync(existing, constants.W_OK)
    return good()
  } catch (error) {
    return found({
      severity: 'problem',
      what: `${existing} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      why: 'Logs, data and the X-Ray daemon are kept there.',
      fix: `Make it yours (chown), or keep them elsewhere: npm run env -- WORKSPACE_STATE_DIR=<folder>`,
    })
  }
}

async function examineDisk(folder: string): Promise<Examination> {
  const { bavail, bsize, blocks } = await statfs(nearest(folder))
  // /proc and its like have none, and are no place to write to.
  return blocks === 0 ? good() : judgeDisk((bavail * bsize) / MB)
}

export function judgeDisk(freeMB: number): Examination {
  const free = freeMB >= 1024 ? `${(freeMB / 1024).toFixed(0)} GB` : `${freeMB.toFixed(0)} MB`
  if (freeMB >= DISK_WANTED_MB) return good(`${free} of disk free`)
  return found({
    severity: freeMB < DISK_NEEDED_MB ? 'problem' : 'warning',
    what: `Only ${free} of disk are free.`,
    why: 'A database that cannot write refuses requests, and telemetry that is not stored is lost.',
    fix: 'Make room: docker system prune, npm cache clean --force',
  })
}

export function judgeMemory(freeMB: number): Examination {
  if (freeMB >= MEMORY_WANTED_MB) return good(`${freeMB.toFixed(0)} MB of memory free`)
  const finding: Finding = {
    severity: 'warning',
    what: `Only ${freeMB.toFixed(0)} MB of memory are free.`,
    why: 'When none is left, the system kills a process, which looks like a crash without a reason.',
    fix: 'Close other programs, or take a larger machine; DATABASE_URL with a Postgres elsewhere saves 280 MB',
  }
  return found(finding)
}

function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}
