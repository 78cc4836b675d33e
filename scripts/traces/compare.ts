import { changesOf } from '../../analysis/compare/changes.ts'
import {
  compareTraces,
  NOT_COMPARABLE,
  sentenceText,
  sharedLenses,
} from '../../analysis/compare/comparison.ts'
import { inOrder } from '../../analysis/compare/span-paths.ts'
import { UserError } from '../../contracts/user-error.ts'
import { comparisonLines } from './comparison-lines.ts'
import { ROWS, readLens, type TracesContext } from './context.ts'
import { readLimit } from './request-filters.ts'
import { whichTrace } from './which-trace.ts'

/** `npm run traces -- compare <a> <b>`: what makes the second slower, or fail. */
export async function compare(idA: string, idB: string, context: TracesContext): Promise<void> {
  const { reads, values, width, page } = context
  const limit = readLimit(values.limit, ROWS.usual, ROWS.most)
  const wanted = readLens(values.lens, ['honeycomb', 'xray'])
  const read = async (id: string) => reads.trace(await whichTrace(reads, id))
  const [a, b] = await Promise.all([read(idA), read(idB)])
  if (a.traceId === b.traceId) {
    throw new UserError({
      code: 'SAME_TRACE',
      what: 'Both ids are of the same trace, so there is nothing to compare.',
      fix: 'Choose another one: npm run traces -- find',
    })
  }
  const shared = sharedLenses(a, b)
  const lens = shared.find((one) => one === wanted) ?? (wanted ? undefined : shared[0])
  if (!lens) {
    throw new UserError({
      code: 'NOT_COMPARABLE',
      what: shared.length > 0 ? `One of the two has nothing in ${wanted}.` : NOT_COMPARABLE,
      fix:
        shared.length > 0
          ? `--lens ${shared[0]}`
          : 'Choose two that one provider has: npm run traces -- find --has xray',
    })
  }
  const found = compareTraces(a, b, lens)
  const url = `${page}/compare?${new URLSearchParams({ a: a.traceId, b: b.traceId, lens })}`
  if (values.json) {
    const paths = inOrder(found.lines).map((line) => {
      const { depth, service, kind, name, otherName, a: inA, b: inB } = line
      return { depth, service, kind, name, otherName, a: inA, b: inB, changes: changesOf(line) }
    })
    const { facts, outcome, errors, roots, resources } = found
    const [summary, notes] = [found.summary.map(sentenceText), found.notes.map(sentenceText)]
    return context.printJson({ url, lens, facts, summary, outcome, errors, notes, paths, roots, resources })
  }
  const ids = { a: a.traceId, b: b.traceId }
  context.print([...comparisonLines(ids, found, { width, limit, onlyChanges: !values.all }), [], [url]])
}
