import type { Scrub } from '../privacy/scrub.ts'
import { cut, plainValue } from './plain-value.ts'

/** An error and its causes, together. A chain of causes may be circular. */
const MAX_ERRORS = 10
const MAX_FRAMES = 50
/** UTF-16 code units. */
const MAX_NAME = 200
const MAX_MESSAGE = 4_000
const MAX_FRAME = 500
const MAX_STACK = 30_000

/** Names that a subclass inherits, and that say less than the name of the class: JavaScript's, and `error`, which is pg's. */
const INHERITED_NAMES = new Set(
  'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError error'.split(' '),
)
const CAUSED_BY = '\nCaused by: '
const UNREADABLE = '(the message cannot be read)'

/** One error, without its causes. */
export interface ErrorPart {
  /** The name of the error's class. */
  readonly type: string
  readonly message: string
  /** A code, if the error has one: `ECONNREFUSED`, a SQLSTATE. */
  readonly code?: string
  /** The lines of the stack that begin with `at`, the innermost call first. */
  readonly frames: readonly string[]
}

/**
 * What is reported of a thrown value: bounded texts without secrets. Span, log and Rollbar receive this copy, so that they
 * tell the same, and so that no getter or proxy of the thrown value can fail them.
 */
export class ReportedError implements ErrorPart {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly frames: readonly string[]
  /** The error's causes and theirs, and the errors of an AggregateError. */
  readonly causes: readonly ErrorPart[]
  /** Class, message and frames of the error, and of each cause after a line that begins with `Caused by: `. */
  readonly stack: string

  constructor(error: ErrorPart, causes: readonly ErrorPart[]) {
    this.type = error.type
    this.message = error.message
    if (error.code !== undefined) this.code = error.code
    this.frames = error.frames
    this.causes = causes
    this.stack = cut([error, ...causes].map(stackText).join(CAUSED_BY), MAX_STACK)
  }
}

/** Copies any thrown value. Never throws. */
export function copyError(thrown: unknown, scrub: Scrub): ReportedError {
  if (attempt(() => thrown instanceof ReportedError)) return thrown as ReportedError
  const [error, ...causes] = withCauses(thrown).map((one, index) => copyPart(one, index === 0, scrub))
  return new ReportedError(error as ErrorPart, causes)
}

/** Whether a value is an error, of this realm or another. */
export function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const isOne = () => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  return attempt(isOne) ?? false
}

/** The same, or a proxy of an error, or an object with an error's texts. */
function isErrorLike(value: unknown): boolean {
  if (isError(value)) return true
  if (typeof value !== 'object') return false
  return textOf(read(value, 'stack')) !== '' || ['name', 'message'].every((key) => textOf(read(value, key)))
}

/** The thrown value, then its causes, each before its own. */
function withCauses(thrown: unknown): unknown[] {
  const found: unknown[] = []
  const add = (value: unknown): void => {
    if (found.length >= MAX_ERRORS || found.includes(value)) return
    found.push(value)
    const cause = isErrorLike(value) ? read(value, 'cause') : undefined
    // VError's `cause` is a function.
    if (cause !== undefined && cause !== null && typeof cause !== 'function') add(cause)
    for (const one of errorsOf(value)) add(one)
  }
  add(thrown)
  return found
}

/** The errors of an AggregateError. The field `errors` of other errors may hold anything: of it, what is an error. */
function errorsOf(error: unknown): unknown[] {
  const list = isErrorLike(error) && read(error, 'errors')
  if (!attempt(() => Array.isArray(list))) return []
  const length = Math.min(Number(read(list, 'length')) || 0, MAX_ERRORS)
  return Array.from({ length }, (_, index) => read(list, String(index))).filter(
    (one) => isErrorLike(one) || read(error, 'name') === 'AggregateError',
  )
}

function copyPart(value: unknown, isThrown: boolean, scrub: Scrub): ErrorPart {
  if (!isErrorLike(value)) {
    const plain = plainValue(value)
    const text = typeof plain === 'string' ? plain : (JSON.stringify(plain) ?? 'undefined')
    return {
      type: 'Error',
      message: cut(scrub(isThrown ? `thrown: ${text}` : text), MAX_MESSAGE),
      frames: [],
    }
  }
  const code = codeOf(value)
  return {
    type: cut(scrub(typeOf(value)), MAX_NAME),
    message: cut(scrub(messageOf(value)), MAX_MESSAGE),
    ...(code && { code: cut(scrub(code), MAX_NAME) }),
    frames: framesOf(value).map((frame) => cut(scrub(frame), MAX_FRAME)),
  }
}

/** The name that the class was given, else the name of the class itself. */
function typeOf(error: unknown): string {
  const name = textOf(read(error, 'name'))
  if (name && !INHERITED_NAMES.has(name)) return name
  return textOf(read(read(error, 'constructor'), 'name')) || name || 'Error'
}

/** The message. Of an error without one (a refused connection to `localhost`): the messages of its errors, else its code. */
function messageOf(error: unknown): string {
  const own = ownMessageOf(error)
  if (own) return own
  const others = errorsOf(error).map(ownMessageOf).filter(Boolean)
  return [...new Set(others)].join('; ') || codeOf(error) || '(no message)'
}

function ownMessageOf(error: unknown): string {
  const message = attempt(() => (error as { message?: unknown }).message ?? '')
  if (message === undefined) return UNREADABLE
  return typeof message === 'string' ? message : (JSON.stringify(plainValue(message)) ?? '')
}

function codeOf(error: unknown): string {
  const code = read(error, 'code')
  return typeof code === 'number' ? String(code) : textOf(code)
}

/**
 * The lines after the message, whose own lines may look like frames. Where the stack does not have the message (it was
 * changed since, or the error was rebuilt from another service's JSON): those after the last line that is no frame, without
 * the lines that the message has. Lines of a removed message that look like frames and stand directly before the frames
 * cannot be told apart from these.
 */
function framesOf(error: unknown): string[] {
  const stack = textOf(read(error, 'stack'))
  const message = textOf(read(error, 'message'))
  const start = endOfMessage(stack, message)
  const lines = stack
    .slice(start ?? 0)
    .trimEnd()
    .split('\n')
  const first = start === undefined ? lines.findLastIndex((line) => !isFrame(line)) : 0
  return lines
    .slice(Math.max(first, 0))
    .filter((line) => isFrame(line) && (start !== undefined || !message.includes(line.trim())))
    .slice(0, MAX_FRAMES)
}

/** Where the frames of a stack begin, which starts with `name: message`; undefined if it does not. */
function endOfMessage(stack: string, message: string): number | undefined {
  const start = stack.indexOf(`: ${message}`)
  const end = start + message.length + 2
  const isHead = message !== '' && start !== -1 && !stack.slice(0, start).includes('\n')
  return isHead && (end === stack.length || stack[end] === '\n') ? end : undefined
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

/**
 * As Node writes it: `TypeError [ERR_INVALID_ARG_TYPE]: The "size" argument …`, then the frames. A message that quotes such a
 * text must not be read as a cause.
 */
function stackText({ type, code, message, frames }: ErrorPart): string {
  const quoted = message.replaceAll(CAUSED_BY, CAUSED_BY.replace('\n', '\n  '))
  return [`${type}${code ? ` [${code}]` : ''}: ${quoted}`, ...frames].join('\n')
}

/**
 * The error and its causes in the text of a `ReportedError.stack`, or of any error's stack. Of each stack the first line is
 * the name, the others are frames.
 */
export function errorsIn(stack: string): { name: string; message: string; stack: string }[] {
  return stack.split(CAUSED_BY).map((text) => {
    const [head = ''] = text.split(/\n[ \t]+at /, 1)
    const [, name = 'Error', message = head] = /^([^\s:]+)(?: \[.*?\])?: (.*)$/s.exec(head) ?? []
    return { name, message, stack: `${name}${text.slice(head.length)}` }
  })
}

/** A field; undefined if it cannot be read. */
export function read(value: unknown, key: string): unknown {
  return attempt(() => (value as Record<string, unknown>)[key])
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The result; undefined if `get` throws. */
export function attempt<Result>(get: () => Result): Result | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
