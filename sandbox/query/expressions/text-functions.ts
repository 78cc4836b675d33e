import { ExpressionError } from './expression-error.ts'
import { binary, fold, type Implementation, literalOf, NOTHING, placeIn } from './implementation.ts'
import type { Node } from './parse.ts'
import { compilePattern, PatternError } from './regular-expression.ts'
import { textOf, type Value } from './values.ts'

// Source: https://docs.honeycomb.io/reference/calculated-field-formula/string/

/** In characters. Bounds what an expression can make of an event. */
const MAX_CONCATENATED = 1_024
const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/g
/** In characters. A regular expression reads no further. */
const MAX_SEARCHED = 16_384

/** A test of two texts: false for anything else. */
export function comparing(test: (text: string, part: string) => boolean): Implementation {
  return binary((text, part) => typeof text === 'string' && typeof part === 'string' && test(text, part))
}

export const CONCAT = fold(
  (value) => textOf(value).slice(0, MAX_CONCATENATED),
  (before, value) => `${before}${textOf(value).slice(0, MAX_CONCATENATED - before.length)}`,
)

export const LENGTH: Implementation = {
  min: 1,
  max: 2,
  compile([text = NOTHING], [, node]) {
    const unit = node ? literalOf(node, 'the unit') : 'chars'
    if (unit !== 'chars' && unit !== 'bytes')
      throw new ExpressionError('the unit is "chars" or "bytes"', node?.at ?? 0)
    const measure = unit === 'bytes' ? Buffer.byteLength : codePointsOf
    return (values, timeMs) => {
      const value = text(values, timeMs)
      return typeof value === 'string' ? measure(value) : null
    }
  },
}

/** Unicode code points; a lone surrogate counts as one. */
function codePointsOf(text: string): number {
  return text.length - (text.match(SURROGATE_PAIR)?.length ?? 0)
}

export const REG_MATCH = searching('', false, (pattern, text) => pattern.test(text))

export const REG_VALUE = searching('', null, (pattern, text) => {
  const found = pattern.exec(text)
  return found && (found.length > 1 ? (found[1] ?? '') : found[0])
})

export const REG_COUNT = searching('g', 0, (pattern, text) => {
  let count = 0
  let end = -1
  for (const { index, 0: found } of text.matchAll(pattern)) {
    // Go does not count an empty match at the end of another one.
    if (found !== '' || index !== end) count++
    end = index + found.length
  }
  return count
})

/** `otherwise`: the result for anything but text. */
function searching(
  flags: '' | 'g',
  otherwise: Value,
  search: (pattern: RegExp, text: string) => Value,
): Implementation {
  return {
    min: 2,
    max: 2,
    compile([subject = NOTHING], [, node]) {
      const pattern = node && patternOf(node, flags)
      return (values, timeMs) => {
        const value = subject(values, timeMs)
        if (!pattern || typeof value !== 'string') return otherwise
        try {
          return search(pattern, value.length > MAX_SEARCHED ? value.slice(0, MAX_SEARCHED) : value)
        } catch {
          // The engine's stack has an end too: some patterns reach it on a long text.
          return otherwise
        }
      }
    },
  }
}

function patternOf(node: Node, flags: '' | 'g'): RegExp {
  const pattern = literalOf(node, 'a regular expression')
  if (typeof pattern !== 'string') throw new ExpressionError('a regular expression is a text', node.at)
  try {
    return compilePattern(pattern, flags)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new ExpressionError(error.message, placeIn(node, error.index))
  }
}
