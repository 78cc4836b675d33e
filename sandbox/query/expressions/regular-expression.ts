/** Why a pattern is refused. `index`: where in the pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly index: number

  constructor(message: string, index: number) {
    super(message)
    this.index = index
  }
}

/** In characters. */
const MAX_PATTERN = 1_000
/** RE2's bound. */
const MAX_REPETITION = 1_000

/** Sets of ASCII, as in [[:alpha:]]. */
const POSIX: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7f'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
])
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['a', '\\x07'],
  ['f', '\\f'],
  ['n', '\\n'],
  ['r', '\\r'],
  ['t', '\\t'],
  ['v', '\\v'],
])
/** RE2's \s has no Unicode spaces and no vertical tab. */
const SPACES = '\\t\\n\\f\\r '
const LOOKAROUND = 'Honeycomb’s regular expressions have no lookaround'
const BACKREFERENCE = 'Honeycomb’s regular expressions have no backreferences'

/**
 * Compiles a regular expression of Go (RE2), Honeycomb's syntax, with JavaScript's engine. Throws a PatternError for what
 * RE2 does not have, so that what works here works there, and for the few things that JavaScript cannot express. Unlike RE2,
 * the engine needs exponential time for some patterns; the caller bounds the time of a question.
 *
 * Source: https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(pattern: string, flags: '' | 'g'): RegExp {
  if (pattern.length > MAX_PATTERN) {
    throw new PatternError(`a regular expression has at most ${MAX_PATTERN} characters`, MAX_PATTERN)
  }
  const translated = new Translator(pattern).translate()
  try {
    return new RegExp(translated, `${flags}u`)
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(': ').at(-1) ?? '') : String(error)
    throw new PatternError(`this is no regular expression: ${reason.toLowerCase()}`, 0)
  }
}

/** A group that is open in the pattern. */
interface Group {
  readonly index: number
  /** The openings of groups that were added for flags such as (?i), which count up to the end of this one. */
  flags: string[]
}

class Translator {
  readonly #pattern: string
  #index = 0
  readonly #groups: Group[] = [{ index: 0, flags: [] }]

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  translate(): string {
    let output = ''
    while (this.#index < this.#pattern.length) output += this.#next()
    const group = this.#group
    if (this.#groups.length > 1) throw new PatternError('this bracket is not closed', group.index)
    return output + ')'.repeat(group.flags.length)
  }

  get #group(): Group {
    return this.#groups.at(-1) as Group
  }

  #next(): string {
    const character = this.#pattern[this.#index] as string
    switch (character) {
      case '\\':
        return this.#escape()
      case '[':
        return this.#class()
      case '(':
        return this.#open()
      case ')':
        return this.#close()
      case '|': {
        this.#index++
        // Flags count in the alternatives that follow too, but only after their place in the first.
        const { flags } = this.#group
        return `${')'.repeat(flags.length)}|${flags.join('')}`
      }
      case '{':
        return this.#repetition()
      case '^':
      case '$':
        this.#index++
        return this.#assertion(character)
      default:
        this.#index++
        return literal(character, /[}\]]/)
    }
  }

  /** Takes what a sticky expression finds here, or nothing. */
  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#index
    const found = expression.exec(this.#pattern)
    if (found) this.#index += found[0].length
    return found
  }

  #open(): string {
    const index = this.#index
    const lookaround = this.#take(/\(\?<?[=!]/y)
    if (lookaround) throw new PatternError(LOOKAROUND, index)
    const flags = this.#take(/\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/y)
    if (flags) return this.#flags(flags, index)
    const named = this.#take(/\(\?P?<\w+>/y)
    if (!named && this.#take(/\(\?/y)) throw new PatternError('this kind of group does not exist', index)
    if (!named) this.#index++
    this.#groups.push({ index, flags: [] })
    // The name has no use: only the first group's text is asked for.
    return '('
  }

  #flags([, on = '', off = '', end]: RegExpExecArray, index: number): string {
    if (/[^imsU]/.test(on + off) || (end === ')' && !on && !off)) {
      throw new PatternError('this kind of group does not exist', index)
    }
    if (/U/.test(on + off)) throw new PatternError('the flag U is not available here', index)
    const opening = `(?${[...new Set(on)].join('')}${off ? `-${[...new Set(off)].join('')}` : ''}:`
    if (end === ')') this.#group.flags.push(opening)
    else this.#groups.push({ index, flags: [] })
    return opening
  }

  #close(): string {
    if (this.#groups.length === 1) throw new PatternError('this bracket was not opened', this.#index)
    const { flags } = this.#group
    this.#groups.pop()
    this.#index++
    return ')'.repeat(flags.length + 1)
  }

  #repetition(): string {
    const index = this.#index
    const found = this.#take(/\{(\d+)(?:,(\d*))?\}/y)
    if (!found) {
      this.#index++
      return '\\{'
    }
    if (Number(found[1]) > MAX_REPETITION || Number(found[2] ?? 0) > MAX_REPETITION) {
      throw new PatternError(`at most ${MAX_REPETITION} repetitions`, index)
    }
    return found[0]
  }

  #escape(): string {
    const index = this.#index
    const quoted = this.#take(/\\Q(.*?)(?:\\E|$)/sy)
    if (quoted) return literal(quoted[1] ?? '', /[\^$\\.*+?()[\]{}|]/g)
    if (this.#take(/\\A/y)) return '(?-m:^)'
    if (this.#take(/\\z/y)) return '(?-m:$)'
    const boundary = this.#take(/\\[bB]/y)
    if (boundary) return this.#assertion(boundary[0])
    if (this.#take(/\\s/y)) return `[${SPACES}]`
    if (this.#take(/\\S/y)) return `[^${SPACES}]`
    const set = this.#take(/\\[dDwW]/y)
    if (set) return set[0]
    const character = this.#characterEscape() ?? this.#property()
    if (character !== undefined) return character
    throw new PatternError('this escape does not exist', index)
  }

  /** JavaScript repeats groups, but no assertions. */
  #assertion(text: string): string {
    return /[*+?{]/.test(this.#pattern[this.#index] ?? '') ? `(?:${text})` : text
  }

  /** An escape for one character, inside and outside of brackets. */
  #characterEscape(): string | undefined {
    const index = this.#index
    const control = this.#take(/\\([afnrtv])/y)
    if (control) return CONTROLS.get(control[1] ?? '')
    const hex = this.#take(/\\x(?:\{([\da-fA-F]{1,6})\}|([\da-fA-F]{2}))/y)
    if (hex) return codePoint(Number.parseInt(hex[1] ?? hex[2] ?? '', 16), index)
    const octal = this.#take(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y)
    if (octal) return codePoint(Number.parseInt(octal[1] ?? '', 8), index)
    if (this.#take(/\\[1-9]/y)) throw new PatternError(BACKREFERENCE, index)
    const punctuation = this.#take(/\\([!-/:-@[-`{-~ ])/y)
    if (punctuation) return literal(punctuation[1] ?? '', /[\^$\\.*+?()[\]{}|/]/)
    return undefined
  }

  /** A set of Unicode, as \pL, \p{Greek} or \P{Lu}. */
  #property(): string | undefined {
    const found = this.#take(/\\([pP])(?:\{(\^?)(\w+)\}|(\w))/y)
    if (!found) return undefined
    const [, kind = '', negation = '', long, short] = found
    const name = long ?? short ?? ''
    const isNegative = (kind === 'P') !== (negation === '^')
    return `\\${isNegative ? 'P' : 'p'}{${name.length <= 2 ? name : `Script=${name}`}}`
  }

  #class(): string {
    const index = this.#index
    let output = this.#take(/\[\^?/y)?.[0] ?? ''
    let isFirst = true
    while (isFirst || this.#pattern[this.#index] !== ']') {
      if (this.#index >= this.#pattern.length) throw new PatternError('this bracket is not closed', index)
      output += this.#classItem()
      isFirst = false
    }
    this.#index++
    return `${output}]`
  }

  #classItem(): string {
    const index = this.#index
    const posix = this.#take(/\[:(\^?)(\w+):\]/y)
    if (posix) {
      const set = POSIX.get(posix[2] ?? '')
      if (posix[1] || !set) throw new PatternError('this set does not exist here', index)
      return set
    }
    if (this.#take(/\\s/y)) return SPACES
    const set = this.#take(/\\[dDwWS]/y)
    if (set) return set[0]
    const property = this.#property()
    if (property) return property
    const low = this.#classCharacter()
    if (!this.#take(/-(?=[^\]])/y)) return low
    return `${low}-${this.#classCharacter()}`
  }

  #classCharacter(): string {
    const index = this.#index
    if (this.#pattern[index] === '\\') {
      const escaped = this.#characterEscape()
      if (escaped === undefined) throw new PatternError('this escape does not exist', index)
      return escaped === '-' ? '\\-' : escaped
    }
    const [character = ''] = this.#take(/./suy) ?? []
    return literal(character, /[\^$\\.*+?()[\]{}|\-/]/)
  }
}

/** Escapes the characters that a set of JavaScript's special characters contains. */
function literal(text: string, special: RegExp): string {
  return text.replace(special, '\\$&')
}

function codePoint(code: number, index: number): string {
  if (code > 0x10_ffff) throw new PatternError('there is no such character', index)
  return `\\u{${code.toString(16)}}`
}
