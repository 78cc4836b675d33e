import { innermostLast, isOwnFrame } from '../../contracts/rollbar-frame.ts'
import type { Circumstances } from '../store/occurrences.ts'

interface Trace {
  readonly exception: { readonly message?: string | null | undefined }
  /** The innermost call comes last, but for rollbar-go's. */
  readonly frames: readonly Json[]
}

type Json = Readonly<Record<string, unknown>>

const MAX_LENGTH = 200
/** Of a path outside the application's folder. */
const SHOWN_FOLDERS = 2

/** Reads where an error happened from its payload, of which nothing but `trace` is validated. */
export function circumstancesOf(data: Json, trace: Trace | undefined, title: string): Circumstances {
  const { method, url } = recordOf(data.request)
  const verb = typeof method === 'string' ? method.toUpperCase() : ''
  const context = textOf(data.context)
  const path = pathOf(textOf(url))
  const message = trace?.exception.message ?? ''
  return {
    // Other contexts, such as `Controller#action`, have no method.
    context: line(context.startsWith('/') ? `${verb} ${context}` : context),
    request: line(path && `${verb} ${path}`),
    place: trace
      ? placeOf(innermostLast(trace.frames, recordOf(data.notifier).name), textOf(recordOf(data.server).root))
      : '',
    message: title.includes(message.slice(0, MAX_LENGTH)) ? '' : line(message),
  }
}

function placeOf(frames: readonly Json[], root: string): string {
  const frame = frames.findLast(isOwnFrame) ?? frames.at(-1)
  if (!frame) return ''
  const { filename, lineno, method } = frame
  const file = fileOf(filename)
  const isBelow = root !== '' && file.startsWith(`${root.replace(/\/$/, '')}/`)
  const shown = isBelow ? file.slice(root.replace(/\/$/, '').length + 1) : lastParts(file)
  const at = typeof lineno === 'number' && file !== '' ? `:${lineno}` : ''
  const name = textOf(method)
  return line(`${shown}${at}${name && name !== '<unknown>' ? ` in ${name}` : ''}`)
}

function fileOf(filename: unknown): string {
  return textOf(filename).replace(/^file:\/\//, '')
}

function lastParts(file: string): string {
  return file
    .split(/[\\/]/)
    .slice(-1 - SHOWN_FOLDERS)
    .join('/')
}

/** The path of an absolute or relative address, without its query. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || (url && '/')
}

function line(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_LENGTH)
}

function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
