import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
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

/** `method (location)`; without a method the location stands alone. */
const METHOD_AND_LOCATION = /^(.*?) \((.*)\)$/
const LOCATION = /^(.*?)(?::(\d+):(\d+))?$/

/**
 * The frames of each error, in Rollbar's order (the innermost call last), with paths and code. rollbar.js finds no code for
 * a `file://` name, which every ES module has, and takes a path apart at a space.
 */
export async function framesOf(errors: readonly ErrorPart[]): Promise<Frame[][]> {
  const stacks = errors.map(({ frames }) => frames.map(parseFrame))
  const withCode = stacks.flat().slice(0, MAX_FRAMES_WITH_CODE)
  await Promise.all([...Map.groupBy(withCode, ({ filename }) => filename)].map(addCode))
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
async function addCode([filename, frames]: readonly [string, Frame[]]): Promise<void> {
  if (!isAbsolute(filename)) return
  const text = await readFile(filename, 'utf8').catch(() => undefined)
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
