import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Identity, identify, identitySchema, isAlive, isSame } from './identity.ts'

/** supervise: it owns processes. stop: it clears up after a supervisor that is no more, and is done in a moment. */
const purposeSchema = z.enum(['supervise', 'stop'])

const ownerSchema = identitySchema.extend({ purpose: purposeSchema })

const lockSchema = z.object({ owner: ownerSchema.optional() })

export type Purpose = z.infer<typeof purposeSchema>
export type LockOwner = z.infer<typeof ownerSchema>

const LOCK_NAME = /^supervisor\.lock\.(\d+)$/

export interface Lock {
  /** False once the folder has been deleted, or somebody has found this process dead who should not have. */
  isHeld(): boolean
  release(): void
}

/**
 * Takes the lock of the supervisor for this process; undefined while a living process has it.
 *
 * A lock is a numbered file that names its owner, and the highest number counts. One whose owner is dead is not taken
 * away (between looking and removing, it may have become somebody else's) but outnumbered: the next number is made
 * with link(2), which fails where the name exists and never shows a half-written file. The highest is never removed,
 * so that who was slow to look finds himself outnumbered when he looks again.
 */
export function takeLock(
  directory: string,
  purpose: Purpose,
  self = identify(process.pid),
): Lock | undefined {
  if (!self) throw new Error('This process cannot tell its own start time.')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (;;) {
    const highest = findHighest(directory)
    const owner = highest === 0 ? undefined : readOwner(directory, highest)
    if (owner && isAlive(owner)) return undefined
    const mine = highest + 1
    if (!create(directory, mine, { ...self, purpose })) continue
    if (findHighest(directory) !== mine) {
      rmSync(pathOf(directory, mine), { force: true })
      continue
    }
    for (const number of listNumbers(directory)) {
      if (number < mine) rmSync(pathOf(directory, number), { force: true })
    }
    return {
      isHeld: () => isSame(readOwner(directory, mine), self),
      release: () => release(directory, mine, self),
    }
  }
}

/** The living process that has the lock. */
export function lockOwner(directory: string): LockOwner | undefined {
  const owner = readOwner(directory, findHighest(directory))
  return owner && isAlive(owner) ? owner : undefined
}

function release(directory: string, number: number, self: Identity): void {
  if (!isSame(readOwner(directory, number), self)) return
  try {
    renameSync(writeTemporary(directory, {}), pathOf(directory, number))
  } catch {
    // A full disk: the owner is dead in a moment, which frees it as well.
  }
}

function create(directory: string, number: number, owner: LockOwner): boolean {
  const temporary = writeTemporary(directory, { owner })
  try {
    linkSync(temporary, pathOf(directory, number))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

function writeTemporary(directory: string, content: z.input<typeof lockSchema>): string {
  const path = join(directory, `lock.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    writeFileSync(path, JSON.stringify(content), { mode: 0o600, flag: 'wx' })
    return path
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function readOwner(directory: string, number: number): LockOwner | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(pathOf(directory, number), 'utf8'))).owner
  } catch {
    return undefined // None, or not one that this program wrote: outnumbered like a dead one's.
  }
}

function findHighest(directory: string): number {
  return Math.max(0, ...listNumbers(directory))
}

function listNumbers(directory: string): number[] {
  try {
    return readdirSync(directory).flatMap((name) => {
      const number = LOCK_NAME.exec(name)?.[1]
      return number === undefined ? [] : [Number(number)]
    })
  } catch {
    return []
  }
}

function pathOf(directory: string, number: number): string {
  return join(directory, `supervisor.lock.${number}`)
}
