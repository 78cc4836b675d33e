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
 * Reads the text of a stack trace as each language prints it.
 *
 * @param language the resource's `telemetry.sdk.language`; an unknown one is read as JavaScript
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/awsxrayexporter/internal/translator/cause.go
 */
export function readStackTrace(text: string, language: string): StackTrace {
  switch (language) {
    case 'java':
    case 'php':
      return readJava(text)
    case 'python':
      return readPython(text)
    case 'go':
      return [goFrames(text), []]
    case 'dotnet':
      return [framesBy(DOTNET_FRAME, text), []]
    default:
      return [framesBy(JAVASCRIPT_FRAME, text), []]
  }
}

/** `at label (path:line:column)`, without a label for code at the top of a module. */
const JAVASCRIPT_FRAME = /^\s*at (?:(?<label>.*?) \()?(?:file:\/\/)?(?<path>.*?):(?<line>\d+)(?::\d+)?\)?$/
/** `at [loader/module/]label(file[:line])`. Frames of suppressed exceptions begin with two tabs. */
const JAVA_FRAME = /^\tat (?:[^\s(]*\/)?(?<label>[^\s(/]+)\((?<path>[^:()]+)(?::(?<line>\d+))?\)$/
/** `File "path", line 1, in label` */
const PYTHON_FRAME = /^ {2}File "(?<path>.+)", line (?<line>\d+), in (?<label>.+)$/
/** `at label(arguments) in path:line 1` */
const DOTNET_FRAME = /^\s*at (?<label>.+\)) in (?<path>.+):line (?<line>\d+)$/
/** A tab and `path:line +0x1d`, below a line with the function. */
const GO_PLACE = /^\t(?<path>.+):(?<line>\d+)(?: \+0x[\da-f]+)?$/

/** Longer lines are no frames. The patterns take time that grows with the square of a line's length. */
const MAX_LINE_LENGTH = 4_096

function framesBy(pattern: RegExp, text: string): StackFrame[] {
  return text.split('\n').flatMap((line) => frameOf(pattern, line.trimEnd()))
}

function frameOf(pattern: RegExp, text: string): StackFrame[] {
  if (text.length > MAX_LINE_LENGTH) return []
  const { path, line, label } = pattern.exec(text)?.groups ?? {}
  return path ? [{ label: label ?? 'anonymous', path, line: Number(line ?? 0) }] : []
}

function goFrames(text: string): StackFrame[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) =>
    frameOf(GO_PLACE, line).map((frame) => ({ ...frame, label: lines[index - 1] ?? '' })),
  )
}

function readJava(text: string): StackTrace {
  const [own = '', ...causes] = text.split(/^Caused by: /m)
  return [
    framesBy(JAVA_FRAME, own),
    causes.map((cause) => ({
      ...typeAndMessage(cause.split(/\n\t/, 1)[0] ?? ''),
      stack: framesBy(JAVA_FRAME, cause),
    })),
  ]
}

const PYTHON_NEXT =
  /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/m

/** A traceback begins with the first cause and ends with the exception; within each, the innermost call is the last. */
function readPython(text: string): StackTrace {
  const [own = '', ...causes] = text.split(PYTHON_NEXT).toReversed()
  const stackOf = (part: string) => framesBy(PYTHON_FRAME, part).toReversed()
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
