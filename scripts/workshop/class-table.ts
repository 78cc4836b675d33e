import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { alignColumns, type Terminal } from '../command-line/terminal.ts'
import { usageError } from './arguments.ts'
import type { Standing } from './progress.ts'

const MAX_BYTES = 1024 * 1024

const schema = z.object({
  learner: z.string().max(200).default(''),
  exportedAt: z.iso.datetime(),
  chapters: z.array(
    z.object({
      number: z.int(),
      title: z.string(),
      state: z.enum(['passed', 'earlier', 'open', 'optional']),
      at: z.string().optional(),
      traceId: z.string().optional(),
    }),
  ),
})

export type Export = z.output<typeof schema>

/** One learner's progress, for an instructor. */
export function exportOf(standings: readonly Standing[], learner: string): Export {
  return {
    learner,
    exportedAt: new Date().toISOString(),
    chapters: standings.map(({ chapter, state, at, traceIds: [traceId] }) => ({
      number: chapter.number,
      title: chapter.title,
      ...{ state, at, traceId },
    })),
  }
}

/** Throws a UserError for a file that is not an export, and without a file. */
export function showClassTable(files: readonly string[], terminal: Terminal): void {
  if (files.length === 0) throw usageError('Say which files.', 'npm run workshop -- class *.json')
  for (const line of classTable(files)) terminal.line(line)
}

/** A row per learner, a column per chapter. A learner without a name gets the file's. Throws a UserError. */
export function classTable(files: readonly string[]): string[] {
  const rows = files.map((file) => {
    const { learner, chapters } = readExport(file)
    const marks = CHAPTERS.map(({ number }) => {
      const state = chapters.find((one) => one.number === number)?.state
      return state === 'passed' ? '✓' : state === 'earlier' ? '●' : '·'
    })
    const done = marks.filter((mark) => mark !== '·').length
    return [printable(learner) || basename(file, '.json'), ...marks, `${done}/${CHAPTERS.length}`]
  })
  const totals = CHAPTERS.map((_, index) => String(rows.filter((row) => row[index + 1] !== '·').length))
  const columns = CHAPTERS.map((_, index) => index + 1)
  return alignColumns(
    [
      ['learner', ...CHAPTERS.map(({ number }) => String(number)), 'done'],
      ...rows.toSorted((a, b) => (a[0] ?? '').localeCompare(b[0] ?? '')),
      ['all', ...totals, `${files.length}`],
    ],
    [...columns, CHAPTERS.length + 1],
  )
}

function readExport(file: string): Export {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length > MAX_BYTES) throw new Error('it is too long')
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new UserError({
      code: 'EXPORT_UNREADABLE',
      what: `${file} is no exported progress (${error instanceof z.ZodError ? 'it has another form' : (error as Error).message}).`,
      fix: 'npm run --silent workshop -- export > progress.json makes one',
    })
  }
}

/** Drops control characters, which a terminal would act upon. */
function printable(name: string): string {
  return name.replaceAll(/\p{C}/gu, '').trim()
}
