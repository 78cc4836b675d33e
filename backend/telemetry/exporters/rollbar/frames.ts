import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withDeadline } from '../../deadline.ts'
import { cut } from '../../errors/plain-value.ts'
import type { ErrorPart } from '../../errors/reported-error.ts'

/** A call of a stack. Source: https://docs.rollbar.com/reference/create-item */
export interface Frame {
  /** A path, or Node's name of a module (`node:events`). */
  readonly filename: string
  readonly lineno?: number
  readonly colno?: number
  readonly method?: string
  /** The line of the call, and the lines around it. */
  code?: string
  context?: { readonly pre: readonly string[]; readonly post: readonly string[] }
}

const CONTEXT_LINES = 3
/** A line of minified code may have megabytes. */
const MAX_LINE = 200
/** How many frames of an occurrence have code: those nearest to the throw. */
const MAX_FRAMES_WITH_CODE = 60
const MAX_FILE_BYTES = 2 * 1024 * 1024
const SOURCE_EXTENSIONS = new Set('.js .mjs .cjs .jsx .ts .mts .cts .tsx'.split(' '))
/** How long an item waits for the code of its frames. A file may be on a disk that does not answer. */
const READ_DEADLINE_MS = 1_000

/** `method (location)`; without a method the location stands alone. */
const METHOD_AND_LOCATION = /^(.*?) \((.*)\)$/
const LOCATION = /^(.*?)(?::(\d+):(\d+))?$/

/**
 * The frames of each error, in Rollbar's order (the innermost call last), with paths and code. rollbar.js finds no code for
 * a `file://` name, which every ES module has, and takes a path apart at a space. Frames whose file cannot be read within
 * READ_DEADLINE_MS have no code. Never rejects.
 *
 * A stack is a text that anyone may have written, so only source files of the application are read: those below the folder
 * `root`, and those of packages.
 */
export async function framesOf(errors: readonly ErrorPart[], root: string): Promise<Frame[][]> {
  const stacks = errors.map(({ frames }) => frames.map(parseFrame))
  const withCode = stacks.flat().slice(0, MAX_FRAMES_WITH_CODE)
  const files = [...Map.groupBy(withCode, ({ filename }) => filename)]
  await withDeadline(
    Promise.all(files.map(([filename, frames]) => addCode(filename, frames, root))),
    READ_DEADLINE_MS,
  )
  return stacks.map((frames) => frames.reverse())
}

function parseFrame(line: string): Frame {
  const call = line.replace(/^\s*at (async )?/, '')
  const [, method, inner = call] = METHOD_AND_LOCATION.exec(call) ?? []
  const [, location = '', lineno, colno] = LOCATION.exec(inner) ?? []
  return {
    filename: pathOf(location),
    ...(lineno && { lineno: Number(lineno), colno: Number(colno) }),
    ...(method && { method }),
  }
}

/** The path in a `file://` name, which has spaces and letters other than ASCII's in an encoded form. */
function pathOf(location: string): string {
  try {
    return location.startsWith('file://') ? fileURLToPath(location) : location
  } catch {
    return location
  }
}

/** Adds the code of one file to its frames. Node's own modules and evaluated code have no file. */
async function addCode(filename: string, frames: readonly Frame[], root: string): Promise<void> {
  const text = await readSource(filename, root).catch(() => undefined)
  const lines = text?.split('\n') ?? []
  const between = (first: number, end: number) =>
    lines.slice(Math.max(0, first), end).map((line) => cut(line, MAX_LINE))
  for (const frame of frames) {
    const { lineno = 0 } = frame
    const [code] = between(lineno - 1, lineno)
    if (lineno === 0 || code === undefined) continue
    frame.code = code
    frame.context = {
      pre: between(lineno - 1 - CONTEXT_LINES, lineno - 1),
      post: between(lineno, lineno + CONTEXT_LINES),
    }
  }
}

/** The text of a source file; undefined for any other. Rejects if there is no such file. */
async function readSource(filename: string, root: string): Promise<string | undefined> {
  // Before the file system is asked, because a name can make it mount or call something.
  const realRoot = await realpath(root)
  if (!isAbsolute(filename) || !(isSource(filename, root) || isSource(filename, realRoot))) return undefined
  // A link may lead elsewhere.
  const path = await realpath(filename)
  if (!isSource(path, realRoot)) return undefined
  // Not a pipe or a device, whose end may never come.
  const file = await stat(path)
  return file.isFile() && file.size <= MAX_FILE_BYTES ? readFile(path, 'utf8') : undefined
}

/** Whether a path is that of source code below the folder `root`, or of a package. */
function isSource(path: string, root: string): boolean {
  if (!SOURCE_EXTENSIONS.has(extname(path))) return false
  const fromRoot = relative(root, path)
  const isBelowRoot = !isAbsolute(fromRoot) && fromRoot.split(sep)[0] !== '..'
  return isBelowRoot || resolve(path).split(sep).includes('node_modules')
}
