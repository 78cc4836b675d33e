import { z } from 'zod'
import { CHAPTERS } from '../../../workshop/chapters.ts'
import { requireChapter } from '../../workshop/arguments.ts'
import type { Standing } from '../../workshop/progress.ts'
import { defineTool } from '../tool.ts'

const STATES = {
  passed: 'passed',
  earlier: 'passed earlier',
  open: 'not yet',
  optional: 'optional, not done',
} as const

export const checkChapter = defineTool({
  name: 'check_chapter',
  title: 'Check a chapter of the workshop',
  description:
    'Judges a chapter by the telemetry that really arrived, as `npm run workshop -- N` does: which conditions are met, what is missing, and what to try. Without a number: the state of all chapters. Answers come from the learner.',
  input: z.strictObject({
    chapter: z.number().int().min(1).max(CHAPTERS.length).optional(),
    answers: z
      .array(z.string().max(300))
      .max(20)
      .default([])
      .describe(
        'The learner’s answers as name=value, or a trace id. The chapter’s text names them, and so does the error for a wrong name',
      ),
  }),
  // A check that passes is kept as progress.
  isReadOnly: false,
  async run({ chapter, answers }, { settings }) {
    // Imported here because checks load AWS's SDK, for which an assistant should not wait.
    const { checkChapters } = await import('../../workshop/progress.ts')
    if (chapter === undefined) {
      const { chapters, warnings } = await checkChapters(CHAPTERS, settings)
      return {
        facts: chapters.map(
          ({ chapter: { number, title }, state }) => `${number}. ${title}: ${STATES[state]}`,
        ),
        telemetry: warnings,
      }
    }
    // An assistant may ask often: only the learner's own checks count as tries.
    const options = { isTry: false }
    const wanted = [requireChapter(String(chapter))]
    const { chapters, warnings } = await checkChapters(wanted, settings, answers, options)
    const [standing] = chapters
    return {
      facts: standing ? headOf(standing) : [],
      telemetry: [...(standing ? conditionLines(standing) : []), ...warnings],
    }
  },
})

function headOf({ chapter, state }: Standing): string[] {
  const { number, title, folder } = chapter
  return [`Chapter ${number}, ${title}: ${STATES[state]}. Its text: workshop/${folder}/README.md`]
}

/** What was seen names spans and services, so that it counts as telemetry. */
function conditionLines({ chapter, result: { met, missing } }: Standing): string[] {
  const later = chapter.conditions.slice(met.length + (missing ? 1 : 0))
  return [
    ...met.map(({ name, saw, isChecked }) => `${isChecked ? 'met' : 'not checked'}: ${name}: ${saw}`),
    ...(missing
      ? [
          `NOT YET: ${missing.name}: ${missing.diagnosis.what}`,
          `what to try: ${missing.diagnosis.fix}`,
          ...later.map((name) => `later: ${name}`),
        ]
      : []),
  ]
}
