import { CHAPTERS } from '../../../workshop/chapters.ts'
import { alignColumns, type Terminal } from '../../command-line/terminal.ts'
import { type ClassReport, isDone, isEdited, type Row } from './report.ts'
import { printable } from './text.ts'

const MARKS = { passed: '✓', earlier: '●', open: '·', optional: '–' } as const
/** Names in one sentence, and lines of one kind: a class has thirty learners, a mistake in the path may give thousands. */
const MAX_NAMES = 12
const MAX_LINES = 40
/** Characters of a file's path. */
const MAX_PATH = 200

/** A row per learner and a column per chapter; then who waits for what, and what is wrong with which file. */
export function showReport(report: ClassReport, terminal: Terminal): void {
  if (report.rows.length > 0) {
    for (const line of tableOf(report.rows)) terminal.line(line)
    const legend =
      '✓ the evidence existed at the export  ● it passed earlier  · open  – optional, and not done'
    terminal.line(terminal.dim(legend))
  }
  section('Where they are', stuckLines(report), terminal)
  section('Look at these', noteLines(report), terminal)
  section(
    'Not read',
    report.unread.map(({ name, what, fix }) => `${printable(name, MAX_PATH)} ${what}. → ${fix}`),
    terminal,
  )
}

function section(title: string, lines: readonly string[], terminal: Terminal): void {
  if (lines.length === 0) return
  terminal.heading(title)
  for (const line of lines.slice(0, MAX_LINES)) terminal.line(`  ${line}`)
  const left = lines.length - MAX_LINES
  if (left > 0) terminal.line(`  … and ${left} more: --json has all`)
}

function tableOf(rows: readonly Row[]): string[] {
  const counted = rows.filter((row) => !isEdited(row))
  const totals = CHAPTERS.map((_, index) =>
    String(counted.filter(({ states }) => isDone(states[index] ?? 'open')).length),
  )
  return alignColumns(
    [
      ['learner', ...CHAPTERS.map(({ number }) => String(number)), 'done', ''],
      ...rows.map(({ learner, states, done, of, flags }) => [
        learner,
        ...states.map((state) => MARKS[state]),
        `${done}/${of}`,
        flags.join(', '),
      ]),
      ['all', ...totals, String(counted.length), ''],
    ],
    CHAPTERS.map((_, index) => index + 1).concat(CHAPTERS.length + 1),
  )
}

function stuckLines({ stuck }: ClassReport): string[] {
  return stuck.map(({ chapter, condition, learners }) => {
    const names = learners.map(({ learner, tries }) => (tries > 1 ? `${learner} (${tries} tries)` : learner))
    const words = condition === undefined ? '' : `, “${condition}”`
    return `${learners.length} stuck on chapter ${chapter}${words}: ${listOf(names)}`
  })
}

function noteLines({ rows, shared, sameNames }: ClassReport): string[] {
  const labelled = (flag: Row['flags'][number]) =>
    rows.filter(({ flags }) => flags.includes(flag)).map(({ learner }) => learner)
  const sentence = (names: readonly string[], text: string) =>
    names.length > 0 ? [`${listOf(names)}: ${text}`] : []
  return [
    ...sentence(
      labelled('edited'),
      'the file was changed after the export, so its marks are not counted. Ask for a new export.',
    ),
    ...shared.map(({ learners, chapters }) => {
      const which = `chapter${chapters.length > 1 ? 's' : ''} ${andOf(chapters.map(String))}`
      return `${listOf(learners)}: the same traces are the evidence of ${which}. A trace comes from one workspace only: they worked in one together, or copied a file.`
    }),
    ...sameNames.map(
      ({ name, labels }) =>
        `${labels.length} learners are called ${name}, and their evidence differs: ${listOf(labels)}. If it is one person with a new workspace, leave out the older file.`,
    ),
    ...rows
      .filter(({ older }) => older.length > 0)
      .map(({ learner, file, older }) => `${learner}: ${file} counts, the newest; not ${listOf(older)}.`),
    ...sentence(
      labelled('no checksum'),
      'the export is of an older workshop, without a checksum that shows an edited file.',
    ),
    ...sentence(
      labelled('future'),
      'the time of the export is in the future: the clock of that machine is wrong.',
    ),
  ]
}

function listOf(names: readonly string[]): string {
  const left = names.length - MAX_NAMES
  return left > 1 ? `${names.slice(0, MAX_NAMES).join(', ')} and ${left} others` : names.join(', ')
}

function andOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
