import stringWidth from 'fast-string-width'
import type { AttributeDifferences } from '../../analysis/compare/attribute-differences.ts'
import { CHANGE_MARKS, type Change, changesOf } from '../../analysis/compare/changes.ts'
import { type Comparison, type FirstError, sentenceText } from '../../analysis/compare/comparison.ts'
import { inOrder, type Line as PathLine, type Side } from '../../analysis/compare/span-paths.ts'
import type { TraceFacts } from '../../analysis/compare/trace-facts.ts'
import { clock, count, duration, plural } from '../../analysis/format.ts'
import { boundedTree, type Hidden, type Importance, isHidden } from '../../analysis/trace/bounded-tree.ts'
import { clipped, type Line, type Part, padded, wrapped } from '../command-line/styled-lines.ts'
import { heading } from './record-lines.ts'

export interface ComparisonOptions {
  /** Columns */
  readonly width: number
  /** At most this many paths. */
  readonly limit: number
  /** Only paths that differ, and those above them. */
  readonly onlyChanges?: boolean
}

/** The ids of the compared traces. */
export interface Pair {
  readonly a: string
  readonly b: string
}

const MOST_ATTRIBUTES = 20

/** Two traces: what differs in sentences, each path with the numbers of both, and the attributes that differ. */
export function comparisonLines(ids: Pair, found: Comparison, options: ComparisonOptions): Line[] {
  const { width } = options
  const { facts, summary, outcome, errors, notes, roots, resources } = found
  const sentences = (texts: readonly string[], dim = false) =>
    texts
      .flatMap((text) => wrapped(text, width))
      .map((text): Line => (dim ? [{ text, style: 'dim' }] : [text]))
  return [
    ...sideLines('A', ids.a, facts.a, width),
    ...sideLines('B', ids.b, facts.b, width),
    [],
    ...sentences([...summary.map(sentenceText), ...(outcome ? [outcome] : []), ...errors.map(errorText)]),
    ...sentences(notes.map(sentenceText), true),
    [],
    ...pathLines(found.lines, options),
    ...attributeLines('Attributes of the roots that differ', roots, width),
    ...(resources ? attributeLines('Resources that differ', resources, width) : []),
  ]
}

function sideLines(letter: string, id: string, facts: TraceFacts, width: number): Line[] {
  const { name, startMs, durationMs, isError, status } = facts
  const about = [duration(durationMs), status, name, clock(startMs)].filter((part) => part !== undefined)
  const text = clipped(`   ${about.join(' · ')}`, width)
  return [[`${letter}  ${id}`], isError ? [{ text, style: 'red' }] : [text]]
}

function errorText({ letter, name, message }: FirstError): string {
  return `Only ${letter} fails in ${name}${message && `: ${message}`}`
}

function pathLines(
  lines: readonly PathLine[],
  { width, limit, onlyChanges = false }: ComparisonOptions,
): Line[] {
  const all = inOrder(lines)
  const wanted = onlyChanges ? withChanges(all) : all
  const rows = boundedTree(wanted, limit, importanceOf)
  const shown = rows.flatMap((row) => (isHidden<PathLine>(row) ? [] : [row]))
  const texts = shown.map((line) => ({
    a: sideText(line.a),
    b: sideText(line.b),
    change: changesOf(line).map(changeText).join(' · '),
  }))
  const widest = (pick: (row: (typeof texts)[number]) => string) =>
    texts.reduce((most, row) => Math.max(most, stringWidth(pick(row))), 1)
  const [a, b] = [widest((row) => row.a), widest((row) => row.b)]
  const left = width - a - b - 6
  const change = Math.min(
    widest((row) => row.change),
    Math.floor(left * 0.45),
  )
  const name = left - change
  let place = 0
  const body = rows.map((row): Line => {
    if (isHidden<PathLine>(row)) return [{ text: clipped(hiddenText(row), width), style: 'dim' }]
    const text = texts[place++] ?? { a: '', b: '', change: '' }
    return [
      padded(nameOf(row), name),
      '  ',
      padded(text.a, a, 'right'),
      '  ',
      padded(text.b, b, 'right'),
      '  ',
      ...changeParts(row, text.change, change),
    ]
  })
  const head = `${padded('Path', name)}  ${padded('A', a, 'right')}  ${padded('B', b, 'right')}  Change`
  const leftOut = all.length - wanted.length
  return [
    heading(head),
    ...body,
    ...(leftOut > 0
      ? [[{ text: `… ${plural(leftOut, 'path')} without a change`, style: 'dim' } as const]]
      : []),
  ]
}

/** Those that differ with all above them, in the same order. */
function withChanges(ordered: readonly PathLine[]): PathLine[] {
  const kept = new Set<PathLine>()
  // Children come after their parents.
  for (const line of ordered.toReversed()) {
    if (!kept.has(line) && changesOf(line).length === 0) continue
    kept.add(line)
    if (line.parent) kept.add(line.parent)
  }
  return ordered.filter((line) => kept.has(line))
}

/** A path with another number of errors first, then those that differ most in their own time. */
function importanceOf({ a, b }: PathLine): Importance {
  const hasOtherErrors = (a?.errors ?? 0) !== (b?.errors ?? 0)
  return [hasOtherErrors ? 1 : 0, Math.abs((b?.selfMs ?? 0) - (a?.selfMs ?? 0))]
}

function nameOf({ depth, name, otherName, service, parent }: PathLine): string {
  const own = service !== parent?.service ? `${service}: ` : ''
  return `${' '.repeat(Math.min(depth, 20))}${own}${otherName === undefined ? name : `${name} | ${otherName}`}`
}

function sideText(side: Side | undefined): string {
  if (!side) return '–'
  const times = side.count > 1 ? ` (${count(side.count)}×)` : ''
  return `${side.errors > 0 ? '✕ ' : ''}${duration(side.totalMs)}${times}`
}

function changeText({ kind, text }: Change): string {
  return `${CHANGE_MARKS[kind]} ${text}`
}

function changeParts(line: PathLine, text: string, columns: number): Part[] {
  const kinds = changesOf(line).map(({ kind }) => kind)
  const isWorse = kinds.some(
    (kind) => kind === 'slower' || kind === 'failed' || kind === 'more' || kind === 'only-b',
  )
  return text === '' ? [] : [{ text: clipped(text, columns), style: isWorse ? 'yellow' : 'green' }]
}

function hiddenText({ hidden, depth }: Hidden<PathLine>): string {
  const changed = hidden.filter((line) => changesOf(line).length > 0).length
  return `${' '.repeat(Math.min(depth, 20))}… ${plural(hidden.length, 'more path')}, ${count(changed)} of them with a change`
}

function attributeLines(title: string, { different, same }: AttributeDifferences, width: number): Line[] {
  if (different.length === 0) return []
  const rows = different
    .slice(0, MOST_ATTRIBUTES)
    .flatMap(({ name, a, b }): Line[] => [
      [clipped(`  ${name}`, width)],
      [{ text: clipped(`    A ${a ?? '–'}`, width), style: 'dim' }],
      [{ text: clipped(`    B ${b ?? '–'}`, width), style: 'dim' }],
    ])
  const left = different.length - MOST_ATTRIBUTES
  return [
    [],
    heading(clipped(`${title} (${count(same)} are the same)`, width)),
    ...rows,
    ...(left > 0 ? [[{ text: `  … ${plural(left, 'more attribute')}`, style: 'dim' } as const]] : []),
  ]
}
