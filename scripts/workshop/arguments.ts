import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'

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

/** `name=value` pairs; where a chapter asks for one thing, the value alone is enough. Throws a UserError. */
export function readAnswers(
  { number, answers: questions = [] }: Chapter,
  words: readonly string[],
): Record<string, string> {
  const [first] = questions
  if (!first) {
    const what = `Chapter ${number} takes no answer: its check finds the evidence by itself.`
    throw usageError(what, `npm run workshop -- ${number}`)
  }
  return Object.fromEntries(
    words.map((word) => {
      const position = word.indexOf('=')
      const isValueAlone = position === -1 && questions.length === 1
      const name = isValueAlone ? first.name : word.slice(0, Math.max(position, 0))
      if (questions.some((question) => question.name === name))
        return [name, normalise(word.slice(position + 1))] as const
      const wanted = questions.map((question) => `${question.name}=${question.meaning}`)
      throw usageError(
        `Chapter ${number} does not know "${word.slice(0, 60)}". It asks for: ${wanted.join('; ')}.`,
        `npm run workshop -- ${number} ${first.name}=…`,
      )
    }),
  )
}

/** A trace id in either notation, optionally with `/<span id>`. Throws a UserError. */
function normalise(value: string): string {
  const [id = '', ...rest] = value.trim().split('/')
  const traceId = parseTraceId(id)
  if (traceId) return [traceId, ...rest.map((part) => part.toLowerCase())].join('/')
  throw usageError(
    `"${id.slice(0, 60)}" is no trace id: it has 32 hex digits, or X-Ray's form 1-8-24.`,
    'The response header traceresponse has it: 00-<trace id>-<span id>-01',
  )
}
