import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter, Question } from '../../workshop/chapter.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'

const MAX_MEANINGS = 4

export function usageError(what: string, fix: string): UserError {
  return new UserError({ code: 'USAGE', what, fix })
}

/** Throws a UserError where there is no chapter of this number. */
export function requireChapter(word: string): Chapter {
  const chapter = CHAPTERS.find(({ number }) => String(number) === word)
  if (chapter) return chapter
  const what = `There is no chapter ${word === '' ? 'without a number' : `"${word}"`}: they go from 1 to ${CHAPTERS.length}.`
  throw usageError(what, 'npm run workshop -- --help')
}

/**
 * `name=value` pairs. A value alone answers the chapter's only question, and a trace id alone its only question for one.
 * Throws a UserError.
 */
export function readAnswers(
  { number, answers: questions }: Chapter,
  words: readonly string[],
): Record<string, string> {
  const [first] = questions
  if (!first) {
    const what = `Chapter ${number} takes no answer: its check finds the evidence by itself.`
    throw usageError(what, `npm run workshop -- ${number}`)
  }
  return Object.fromEntries(
    words.map((word) => {
      const { question, value } = splitAnswer(questions, word)
      if (question)
        return [question.name, question.kind === 'trace' ? normalise(value) : value.trim()] as const
      if (questions.some(({ name }) => name === word.trim()))
        throw usageError(`${word.trim()} has no value.`, `npm run workshop -- ${number} ${word.trim()}=…`)
      throw usageError(
        `Chapter ${number} does not know "${word.slice(0, 60)}". It asks for: ${listQuestions(questions)}.`,
        `npm run workshop -- ${number} ${first.kind === 'trace' ? '<trace id>' : `${first.name}=…`}`,
      )
    }),
  )
}

/** With their meanings, unless there are too many to read. */
function listQuestions(questions: readonly Question[]): string {
  if (questions.length > MAX_MEANINGS) return questions.map(({ name }) => name).join(', ')
  return questions.map(({ name, meaning }) => `${name}=${meaning}`).join('; ')
}

/** Which question a word answers; undefined if none. */
function splitAnswer(
  questions: readonly Question[],
  word: string,
): { readonly question: Question | undefined; readonly value: string } {
  const position = X_AMZN_TRACE_ID.test(word) ? -1 : word.indexOf('=')
  const named = questions.find(({ name }) => name === word.slice(0, Math.max(position, 0)))
  if (named) return { question: named, value: word.slice(position + 1) }
  const candidates =
    ID_LIKE.test(word) || X_AMZN_TRACE_ID.test(word)
      ? questions.filter(({ kind }) => kind === 'trace')
      : questions
  const [only] = candidates
  return { question: candidates.length === 1 && position === -1 ? only : undefined, value: word }
}

/** Hex digits and hyphens: an id, or what is left of one. */
const ID_LIKE = /^\s*[0-9a-f-]{8,}(\/[^/]*)?\s*$/i
/** A span id, alone. */
const SPAN_ID = /^[0-9a-f]{16}$/i

/** The value of X-Ray's header: `Root=1-<8 hex>-<24 hex>`, perhaps with `;Sampled=1`. */
const X_AMZN_TRACE_ID = /^\s*Root=([^;/]+)/i
/** The header's version, trace id, span id and flags. */
const TRACE_RESPONSE = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i

function readTraceId(text: string): string | undefined {
  return parseTraceId(TRACE_RESPONSE.exec(text)?.[1] ?? X_AMZN_TRACE_ID.exec(text)?.[1] ?? text)
}

/** A trace id in either notation or the whole value of either header, optionally with `/<span id>`. Throws a UserError. */
function normalise(value: string): string {
  const [id = '', ...rest] = value.trim().split('/')
  const traceId = readTraceId(id)
  if (traceId) return [traceId, ...rest.map((part) => part.toLowerCase())].join('/')
  throw usageError(whyNoTraceId(id), 'The response header traceresponse has it: 00-<trace id>-<span id>-01')
}

/** What a text is that is no trace id. */
function whyNoTraceId(text: string): string {
  const shown = `"${text.slice(0, 60)}"`
  if (SPAN_ID.test(text)) return `${shown} is a span id, which has 16 hex digits. A trace id has 32.`
  if (/^0+$/.test(text)) return `${shown} is the id of no trace: its digits are all 0.`
  const digits = /^[0-9a-f]+$/i.test(text) ? `, and this has ${text.length}` : ''
  return `${shown} is no trace id: it has 32 hex digits, or X-Ray's form 1-8-24${digits}.`
}
