import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'

const MEBIBYTE = 1024 * 1024
/** An export has about 5 kB. */
const MAX_FILE_BYTES = MEBIBYTE
const MAX_INPUT_BYTES = 64 * MEBIBYTE

/** What a file or a pipe holds. */
export interface Source {
  /** As it is shown: the path as it was given, or `standard input`. */
  readonly name: string
  readonly bytes: Buffer
}

/** A file, or an object in one, that has no learner's progress. */
export interface Unread {
  readonly name: string
  /** The end of a sentence that begins with the name. */
  readonly what: string
  readonly fix: string
}

/** Makes a learner's file again. */
export const EXPORT_AGAIN =
  'ask the learner for a new one: npm run --silent workshop -- export --name "Ada" > ada.json'

/** Reads files, and the files named `*.json` of folders, one at a time. Never waits for a named pipe. */
export function* readPaths(paths: readonly string[], folder: string): Generator<Source | Unread> {
  for (const path of paths) {
    const inside = listJson(resolve(folder, path))
    if (inside === undefined) yield readOne(path, resolve(folder, path))
    else if (inside.length === 0)
      yield {
        name: path,
        what: 'is a folder without a .json file',
        fix: 'name the folder that has the exports',
      }
    else for (const name of inside) yield readOne(join(path, name), resolve(folder, path, name))
  }
}

/** The names of the files in a folder, sorted; undefined for anything but a folder. */
function listJson(path: string): string[] | undefined {
  try {
    const names = readdirSync(path)
    return names.filter((name) => /\.json$/i.test(name)).toSorted()
  } catch {
    // What is wrong with it is found when it is opened.
    return undefined
  }
}

function readOne(name: string, path: string): Source | Unread {
  let file: number | undefined
  try {
    // Without O_NONBLOCK, to open a named pipe waits for its writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(file)
    if (stat.isDirectory())
      return { name, what: 'is a folder', fix: 'name the folder itself, and the files in it are read' }
    if (!stat.isFile()) {
      const fix = 'cat *.json | npm run --silent workshop -- class - reads from a pipe'
      return { name, what: 'is no file but a pipe or a device', fix }
    }
    if (stat.size > MAX_FILE_BYTES)
      return {
        name,
        what: `is too large for an export (${Math.ceil(stat.size / MEBIBYTE)} MiB)`,
        fix: EXPORT_AGAIN,
      }
    return { name, bytes: readFileSync(file) }
  } catch (error) {
    return { name, ...whyUnreadable((error as NodeJS.ErrnoException).code ?? 'unknown error') }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function whyUnreadable(code: string): Omit<Unread, 'name'> {
  switch (code) {
    case 'ENOENT':
      return {
        what: 'does not exist',
        fix: 'ls shows the names; a folder may be named in place of its files',
      }
    case 'EACCES':
    case 'EPERM':
      return { what: 'may not be read by you', fix: 'sudo chmod a+r, or ask its owner for a copy' }
    default:
      return { what: `cannot be read (${code})`, fix: EXPORT_AGAIN }
  }
}

/** Reads a pipe to its end, or to the limit. */
export async function readInput(input: Readable): Promise<(Source | Unread)[]> {
  const name = 'standard input'
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of input) {
      chunks.push(Buffer.from(chunk))
      length += chunk.length
      if (length > MAX_INPUT_BYTES) break
    }
  } catch (error) {
    return [{ name, ...whyUnreadable((error as NodeJS.ErrnoException).code ?? 'unknown error') }]
  }
  const source = { name, bytes: Buffer.concat(chunks) }
  if (length <= MAX_INPUT_BYTES) return [source]
  const what = `has more than ${MAX_INPUT_BYTES / MEBIBYTE} MiB; the rest was not read`
  return [source, { name, what, fix: 'pipe the exports only' }]
}
