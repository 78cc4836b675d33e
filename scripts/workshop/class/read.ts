import type { z } from 'zod'
import { EXPORT_VERSION, WorkshopExport } from '../../../contracts/workshop-export.ts'
import { checksumOf } from './checksum.ts'
import { findObjects } from './objects.ts'
import { EXPORT_AGAIN, type Source, type Unread } from './sources.ts'
import { decode, printable } from './text.ts'

/** An export as it was read. */
export interface ReadExport {
  /** Its file; where that has several exports, with the position: `all.json #2`. */
  readonly name: string
  readonly content: WorkshopExport
  /** `broken`: it was edited after it was written. `none`: of a version that has no checksum. */
  readonly checksum: 'whole' | 'broken' | 'none'
}

/** Characters of a file that are quoted. */
const MAX_QUOTE = 60

/** The exports in a file or a pipe, each of which may have several, and what is wrong with the others. */
export function readSource({ name, bytes }: Source): (ReadExport | Unread)[] {
  const text = decode(bytes)
  const objects = findObjects(text)
  if (objects.length === 0) return [{ name, what: whyNoObject(text), fix: EXPORT_AGAIN }]
  const read = objects.flatMap((found, index) =>
    'value' in found ? readObject(objects.length === 1 ? name : `${name} #${index + 1}`, found.value) : [],
  )
  const damaged = objects.filter((found) => !('value' in found)).length
  if (damaged === 0) return read
  // One line, or a damaged file could hide all others.
  const what =
    objects.length === 1
      ? 'is cut off, or damaged in its middle'
      : `has ${damaged} that are cut off, or damaged`
  return [...read, { name, what, fix: EXPORT_AGAIN }]
}

function whyNoObject(text: string): string {
  if (text.trim() === '') return 'is empty: the export failed, or was interrupted'
  if (text.includes('\0')) return 'is no text'
  // Not quoted: a link or a slip may name a file with a key in it.
  return `has no JSON (${text.trim().split('\n').length} lines of text)`
}

function readObject(name: string, value: unknown): ReadExport | Unread {
  const { success, data, error } = WorkshopExport.safeParse(value)
  if (!success) return { name, ...whyNoExport(value, error) }
  const checksum = data.checksum === checksumOf(value as Record<string, unknown>) ? 'whole' : 'broken'
  // Version 1 had no checksum. A newer file without one was edited.
  return {
    name,
    content: data,
    checksum: data.version === undefined && data.checksum === undefined ? 'none' : checksum,
  }
}

function whyNoExport(value: unknown, error: z.ZodError): Omit<Unread, 'name'> {
  const { version, chapters } = value as { readonly version?: unknown; readonly chapters?: unknown }
  if (!Array.isArray(chapters)) return { what: 'is JSON, but no export of the workshop', fix: EXPORT_AGAIN }
  if (typeof version === 'number' && version > EXPORT_VERSION)
    return { what: `is of a newer workshop (version ${version})`, fix: 'update your copy: docs/updating.md' }
  const path = error.issues[0]?.path.join('.') ?? ''
  return { what: `is an export with a wrong value in ${printable(path, MAX_QUOTE)}`, fix: EXPORT_AGAIN }
}
