import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Chapter } from '../../workshop/chapter.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'

/** Throws a UserError where there is no chapter of this number. */
export function requireChapter(word: string): Chapter {
  const chapter = CHAPTERS.find(({ number }) => String(number) === word)
  if (chapter) return chapter
  throw new UserError({
    code: 'USAGE',
    what: `There is no chapter ${word === '' ? 'without a number' : `"${word}"`}: they go from 1 to ${CHAPTERS.length}.`,
    fix: 'npm run workshop -- --help',
  })
}

/** `name=value` pairs; where a chapter asks for one thing, the value alone is enough. Throws a UserError. */
export function readAnswers(chapter: Chapter, words: readonly string[]): Record<string, string> {
  const wanted = chapter.answers ?? []
  const [first] = wanted
  if (!first) {
    throw new UserError({
      code: 'USAGE',
      what: `Chapter ${chapter.number} takes no answer: its check finds the evidence by itself.`,
      fix: `npm run workshop -- ${chapter.number}`,
    })
  }
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      const name = at === -1 && wanted.length === 1 ? first.name : word.slice(0, Math.max(at, 0))
      const value = word.slice(at + 1)
      if (!wanted.some((answer) => answer.name === name)) throw unknown(chapter, word)
      return [name, normalise(value)] as const
    }),
  )
}

/** A trace id in either notation, optionally with `/<span id>`. Throws a UserError. */
function normalise(value: string): string {
  const [id = '', ...rest] = value.trim().split('/')
  const traceId = parseTraceId(id)
  if (traceId) return [traceId, ...rest.map((part) => part.toLowerCase())].join('/')
  throw new UserError({
    code: 'USAGE',
    what: `"${id.slice(0, 60)}" is no trace id: it has 32 hex digits, or X-Ray's form 1-8-24.`,
    fix: 'The response header traceresponse has it: 00-<trace id>-<span id>-01',
  })
}

function unknown(chapter: Chapter, word: string): UserError {
  const wanted = (chapter.answers ?? []).map(({ name, meaning }) => `${name}=${meaning}`)
  return new UserError({
    code: 'USAGE',
    what: `Chapter ${chapter.number} does not know "${word.slice(0, 60)}". It asks for: ${wanted.join('; ')}.`,
    fix: `npm run workshop -- ${chapter.number} ${chapter.answers?.[0]?.name}=…`,
  })
}
