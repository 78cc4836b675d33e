import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../machine/atomic-file.ts'

export const passSchema = z.object({
  /** ISO 8601: the first time. */
  at: z.iso.datetime(),
  /** The traces that proved it. */
  traceIds: z.array(z.string()),
  /** Its conditions, by name, and what was seen for each; `isChecked` is false where it could not be judged. */
  met: z.array(z.object({ name: z.string(), saw: z.string(), isChecked: z.boolean() })),
})
export type Pass = z.output<typeof passSchema>

/** Bytes. */
const KEY_LENGTH = 32

/**
 * A seal of a chapter's pass, by the workspace's key. A pass that was written by hand, or copied from another workspace, has
 * none that fits. Who reads the key can forge a seal: the owner of a machine can forge anything. Throws the system's error
 * where the key cannot be kept.
 */
export function sealPass(folder: string, number: number, { at, traceIds, met }: Pass): string {
  return sealOf(readKey(folder) ?? createKey(folder), number, { at, traceIds, met })
}

export function isSealed(folder: string, number: number, pass: Pass & { readonly seal: string }): boolean {
  const key = readKey(folder)
  if (!key) return false
  const expected = Buffer.from(sealOf(key, number, pass))
  const given = Buffer.from(pass.seal)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

function sealOf(key: Buffer, number: number, { at, traceIds, met }: Pass): string {
  return createHmac('sha256', key)
    .update(
      JSON.stringify([number, at, traceIds, met.map(({ name, saw, isChecked }) => [name, saw, isChecked])]),
    )
    .digest('hex')
}

function pathOf(folder: string): string {
  return join(folder, 'progress.key')
}

/** Undefined where there is none, or a file that is no key: a full disk leaves an empty one. */
function readKey(folder: string): Buffer | undefined {
  try {
    const key = readFileSync(pathOf(folder))
    return key.length === KEY_LENGTH ? key : undefined
  } catch {
    return undefined
  }
}

/** Makes every seal of before invalid, also in a copy of the progress that is put back. */
export function removeKey(folder: string): void {
  rmSync(pathOf(folder), { force: true })
}

function createKey(folder: string): Buffer {
  const key = randomBytes(KEY_LENGTH)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileAtomically(pathOf(folder), key, 0o600)
  return key
}
