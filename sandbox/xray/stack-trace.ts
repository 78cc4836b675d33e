export interface StackFrame {
  readonly path: string
  /** 0 where the trace has none. */
  readonly line: number
  readonly label: string
}

export interface Cause {
  readonly type: string
  readonly message: string
  readonly stack: readonly StackFrame[]
}

/** The frames of an exception, innermost first, and its causes, the nearest first. */
type StackTrace = readonly [stack: readonly StackFrame[], causes: readonly Cause[]]

/**
 * Reads the text of a stack trace as each language prints it: its first 64 KiB.
 *
 * @param language the resource's `telemetry.sdk.language`; an unknown one is read as JavaScript
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/awsxrayexporter/internal/translator/cause.go
 */
export function readStackTrace(sent: string, language: string): StackTrace {
  const text = sent.slice(0, MAX_LENGTH)
  switch (language) {
    case 'java':
    case 'php':
      return readJava(text)
    case 'python':
      return readPython(text)
    case 'go':
      return [goFrames(text), []]
    case 'dotnet':
      return [framesBy(dotnetFrame, text), []]
    default:
      return [framesBy(javaScriptFrame, text), []]
  }
}

/** A document has at most this many bytes, and leaves out what makes it larger. */
const MAX_LENGTH = 64 * 1024

// Each reader of a line takes time that grows with its length, not with its square: texts come from anywhere.

/** The end of a line of JavaScript: `:line:column`, with a bracket behind a label. */
const JAVASCRIPT_PLACE = /:(?<line>\d+)(?::\d+)?\)?$/
/** `at [loader/module/]label(file[:line])`. Frames of suppressed exceptions begin with two tabs. */
const JAVA_FRAME = /^\tat (?:[^\s(]*\/)?(?<label>[^\s(/]+)\((?<path>[^:()]+)(?::(?<line>\d+))?\)$/
/** `File "path", line 1, in label` */
const PYTHON_FRAME = /^ {2}File "(?<path>.+)", line (?<line>\d+), in (?<label>.+)$/s
const DOTNET_PLACE = /:line (?<line>\d+)$/
/** A tab and `path:line +0x1d`, below a line with the function. */
const GO_PLACE = /^\t(?<path>.+):(?<line>\d+)(?: \+0x[\da-f]+)?$/s

type FrameReader = (line: string) => StackFrame | undefined

function framesBy(read: FrameReader, text: string): StackFrame[] {
  return text.split('\n').flatMap((line) => read(line.trimEnd()) ?? [])
}

function frameOf(path: string, line = '0', label = 'anonymous'): StackFrame | undefined {
  return path === '' ? undefined : { label, path, line: Number(line) }
}

/** Reads frames that match a pattern with the groups `path`, `line` and `label`. */
function byPattern(pattern: RegExp): FrameReader {
  return (text) => {
    const { path, line, label } = pattern.exec(text)?.groups ?? {}
    return path === undefined ? undefined : frameOf(path, line, label)
  }
}

/** `at label (path:line:column)`, without a label for code at the top of a module. */
function javaScriptFrame(text: string): StackFrame | undefined {
  const call = callIn(text)
  const place = JAVASCRIPT_PLACE.exec(call)
  if (!place) return undefined
  const head = call.slice(0, place.index)
  const open = head.indexOf(' (')
  const path = (open < 0 ? head : head.slice(open + 2)).replace(/^file:\/\//, '')
  return frameOf(path, place.groups?.line, open < 0 ? undefined : head.slice(0, open))
}

/** `at label(arguments) in path:line 1` */
function dotnetFrame(text: string): StackFrame | undefined {
  const call = callIn(text)
  const place = DOTNET_PLACE.exec(call)
  if (!place) return undefined
  const head = call.slice(0, place.index)
  const end = head.lastIndexOf(') in ')
  return end < 0 ? undefined : frameOf(head.slice(end + 5), place.groups?.line, head.slice(0, end + 1))
}

/** What follows `at`; empty for other lines. */
function callIn(line: string): string {
  const text = line.trimStart()
  return text.startsWith('at ') ? text.slice(3) : ''
}

function goFrames(text: string): StackFrame[] {
  const lines = text.split('\n')
  const read = byPattern(GO_PLACE)
  return lines.flatMap((line, index) => {
    const frame = read(line)
    return frame ? [{ ...frame, label: lines[index - 1] ?? '' }] : []
  })
}

function readJava(text: string): StackTrace {
  const [own = '', ...causes] = text.split(/^Caused by: /m)
  return [
    framesBy(byPattern(JAVA_FRAME), own),
    causes.map((cause) => ({
      ...typeAndMessage(cause.split(/\n\t/, 1)[0] ?? ''),
      stack: framesBy(byPattern(JAVA_FRAME), cause),
    })),
  ]
}

const PYTHON_NEXT =
  /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/m

/** A traceback begins with the first cause and ends with the exception; within each, the innermost call is the last. */
function readPython(text: string): StackTrace {
  const [own = '', ...causes] = text.split(PYTHON_NEXT).toReversed()
  const stackOf = (part: string) => framesBy(byPattern(PYTHON_FRAME), part).toReversed()
  return [
    stackOf(own),
    causes.map((cause) => ({
      ...typeAndMessage(cause.slice(cause.lastIndexOf('\n  ')).replace(/^\n.*\n/, '')),
      stack: stackOf(cause),
    })),
  ]
}

/** `Type: message`, where the message may have several lines. */
function typeAndMessage(text: string): { readonly type: string; readonly message: string } {
  const [type = '', ...message] = text.trim().split(': ')
  return { type, message: message.join(': ') }
}
