import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { foreignFile, openAgain } from '../../settings/owner.ts'
import type { Workspace } from '../workspace/platform.ts'
import { type CheckResult, type Context, good, joined, note, problem, warning } from './check.ts'

const NODE_MAJOR = 24
const MB = 1024 * 1024
/** Ample room for the sandbox's store (256 MB), the database and the logs. */
const DISK_WANTED_MB = 1_500
const DISK_NEEDED_MB = 200
/** What the four processes use together after their start, rounded up (README). */
const MEMORY_WANTED_MB = 700

/** Node, the disk, the memory, and whether the state folder can be written. */
export async function checkMachine(stateDirectory: string): Promise<CheckResult> {
  return joined([
    checkNode(),
    checkFolder(stateDirectory),
    await checkDisk(stateDirectory),
    // Unlike os.freemem(), respects a container's limit.
    judgeMemory(process.availableMemory() / MB),
  ])
}

function checkNode(): CheckResult {
  const version = process.versions.node
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return good(`Node ${version}`)
  return problem({
    code: 'NODE_TOO_OLD',
    what: `This is Node ${version}.`,
    why: `The workspace is TypeScript that Node ${NODE_MAJOR} runs as it is.`,
    fix: 'Run npm run doctor, which finds the right Node, instead of the file itself',
  })
}

function checkFolder(folder: string): CheckResult {
  const existing = nearest(folder)
  const elsewhere = 'Name a folder that you own: npm run env -- WORKSPACE_STATE_DIR="$HOME/tracing-state"'
  const unusable = (what: string, fix = elsewhere) =>
    problem({
      code: 'STATE_DIR_UNUSABLE',
      what,
      why: 'The workspace keeps its logs, its data and the X-Ray daemon there.',
      fix,
    })
  if (!statSync(existing).isDirectory()) return unusable(`${existing} is not a folder.`)
  try {
    accessSync(existing, constants.W_OK)
    return good()
  } catch (error) {
    const foreign = foreignFile(existing, elsewhere)
    const fix = foreign?.fix ?? openAgain(join(existing, 'run'))
    return unusable(
      `${existing} ${foreign?.what ?? 'cannot be written'} (${(error as NodeJS.ErrnoException).code}).`,
      fix,
    )
  }
}

async function checkDisk(folder: string): Promise<CheckResult> {
  const { bavail, bsize, blocks } = await statfs(nearest(folder))
  // File systems such as /proc report no blocks.
  return blocks === 0 ? good() : judgeDisk((bavail * bsize) / MB)
}

export function judgeDisk(freeMB: number): CheckResult {
  const free = freeMB >= 1024 ? `${(freeMB / 1024).toFixed(0)} GB` : `${freeMB.toFixed(0)} MB`
  if (freeMB >= DISK_WANTED_MB) return good(`${free} of disk free`)
  const report = freeMB < DISK_NEEDED_MB ? problem : warning
  return report({
    code: 'DISK_LOW',
    what: `Only ${free} of disk are free.`,
    why: 'A database that cannot write rejects requests, and telemetry that is not stored is lost.',
    fix: 'Make room: docker system prune, npm cache clean --force',
  })
}

export function judgeMemory(freeMB: number): CheckResult {
  if (freeMB >= MEMORY_WANTED_MB) return good(`${freeMB.toFixed(0)} MB of memory free`)
  return warning({
    code: 'MEMORY_LOW',
    what: `Only ${freeMB.toFixed(0)} MB of memory are free.`,
    why: 'When none is left, the system kills a process, which looks like a crash without a reason.',
    fix: 'Close other programs, or take a larger machine; DATABASE_URL with a Postgres elsewhere saves 280 MB',
  })
}

function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

/** The platform: the addresses of its ports, and whether it keeps settings. */
export async function checkPlatform(workspace: Workspace, { settings }: Context): Promise<CheckResult> {
  const url = await workspace.portUrl(settings.SANDBOX_PORT)
  const isForwarded = !url.includes('localhost')
  const { name, hint } = workspace
  const here = good(`${name}${isForwarded ? `, whose port ${settings.SANDBOX_PORT} is ${url}` : ''}`)
  if (!hint) return here
  const keepsNothing = note({
    code: 'PLATFORM_KEEPS_NO_SETTINGS',
    what: `${name} has no command that keeps variables.`,
    why: 'Settings that npm run env keeps end with this workspace.',
    fix: hint,
  })
  return joined([here, keepsNothing])
}
