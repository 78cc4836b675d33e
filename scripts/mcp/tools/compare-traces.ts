import { z } from 'zod'
import { changesOf } from '../../../analysis/compare/changes.ts'
import {
  compareTraces as compare,
  NOT_COMPARABLE,
  sentenceText,
  sharedLenses,
} from '../../../analysis/compare/comparison.ts'
import { shortSql } from '../../../analysis/compare/span-name.ts'
import { inOrder, type Line } from '../../../analysis/compare/span-paths.ts'
import { cut, duration, plural } from '../../../analysis/format.ts'
import { LENS_NAMES } from '../../../contracts/trace-links.ts'
import { defineTool } from '../tool.ts'
import { lens, readTrace, traceId } from './trace-input.ts'

const MAX_LINES = 40
const MAX_ATTRIBUTES = 20

export const compareTraces = defineTool({
  name: 'compare_traces',
  title: 'Compare two traces',
  description:
    'What differs between two requests A and B: which part is slower and by how much, what only one of them does, where one fails, and attributes that differ. Choose two of one route (find_traces with route): of different routes little is comparable. Give the fast or working one as a.',
  input: z.strictObject({
    a: traceId.describe('The fast or working request: a trace id, or its first digits'),
    b: traceId.describe('The slow or failed request: a trace id, or its first digits'),
    lens,
  }),
  isReadOnly: true,
  async run({ a, b, lens: wanted }, { reads, page }) {
    const [traceA, traceB] = await Promise.all([readTrace(reads, a), readTrace(reads, b)])
    const shared = sharedLenses(traceA, traceB)
    const used = shared.find((one) => one === wanted) ?? shared[0]
    const link = `In the viewer: ${page}/compare?a=${traceA.traceId}&b=${traceB.traceId}${used ? `&lens=${used}` : ''}`
    if (!used) return { facts: [NOT_COMPARABLE, link] }
    const { lines, summary, outcome, errors, notes, roots, resources } = compare(traceA, traceB, used)
    const changed = inOrder(lines)
      .filter((line) => changesOf(line).length > 0)
      .toSorted(
        (x, y) =>
          Number(differsInErrors(y)) - Number(differsInErrors(x)) || waitedApartMs(y) - waitedApartMs(x),
      )
    const differing = [...roots.different, ...(resources?.different ?? [])]
    return {
      facts: [
        `Compared by ${LENS_NAMES[used]}'s records.${wanted && wanted !== used ? ` Not both have ${LENS_NAMES[wanted]}'s.` : ''}`,
        link,
        `${plural(changed.length, 'path')} differ${changed.length === 1 ? 's' : ''}${changed.length > MAX_LINES ? `; the ${MAX_LINES} with the largest difference are listed` : ''}.`,
        ...(differing.length > MAX_ATTRIBUTES
          ? [`${differing.length} attributes differ; ${MAX_ATTRIBUTES} are listed.`]
          : []),
      ],
      telemetry: [
        ...summary.map(sentenceText),
        ...(outcome ? [outcome] : []),
        ...errors.map(
          ({ letter, name, message }) => `Only ${letter} fails in ${name}${message ? `: ${message}` : ''}`,
        ),
        ...notes.map(sentenceText),
        ...changed.slice(0, MAX_LINES).map(lineText),
        ...differing
          .slice(0, MAX_ATTRIBUTES)
          .map(({ name, a: inA, b: inB }) => `attribute ${name}: A ${valueText(inA)}, B ${valueText(inB)}`),
      ],
      narrow: 'The viewer shows all paths.',
    }
  },
})

function differsInErrors({ a, b }: Line): boolean {
  return (a?.errors ?? 0) !== (b?.errors ?? 0)
}

/** By how much longer the request waited for the line in one of the two. ms */
function waitedApartMs({ a, b }: Line): number {
  return Math.abs((b?.criticalMs ?? 0) - (a?.criticalMs ?? 0))
}

function lineText(line: Line): string {
  const side = (one: Line['a']) => (one ? `${one.count} × ${duration(one.totalMs)}` : 'none')
  const changes = changesOf(line).map(({ text }) => text)
  return `${cut(shortSql(line.name), 120)} | ${cut(line.service, 40)} | A ${side(line.a)} | B ${side(line.b)} | ${changes.join('; ')}`
}

function valueText(value: string | undefined): string {
  return value === undefined ? 'has none' : `"${cut(value, 120)}"`
}
