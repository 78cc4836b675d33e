import { differences } from '../../analysis/trace/differences.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENSES, type Lens, sandboxTraceUrl } from '../../contracts/trace-links.ts'
import { UserError } from '../../contracts/user-error.ts'
import { ROWS, readLens, type TracesContext } from './context.ts'
import { readLimit } from './request-filters.ts'
import { findSpans, spanLines } from './span-lines.ts'
import { firstLens, traceLines } from './trace-lines.ts'
import { readTwins } from './twins.ts'
import { whichTrace } from './which-trace.ts'

/** `npm run traces -- show <id>`: one trace as a tree of spans, with what each provider has of it. */
export async function show(id: string, context: TracesContext): Promise<void> {
  const { reads, values, page, width } = context
  const limit = readLimit(values.limit, ROWS.usual, ROWS.most)
  const lens = readLens(values.lens, LENSES)
  const [trace, providers] = await Promise.all([
    whichTrace(reads, id).then((traceId) => reads.trace(traceId)),
    reads.providers(),
  ])
  if (values.span !== undefined) return showSpans(inLens(trace, lens), values.span, context)
  const twins = await readTwins(reads, trace)
  if (values.json) {
    const url = sandboxTraceUrl(page, trace.traceId, lens ?? firstLens(trace))
    return context.printJson({ url, differences: differences(trace, providers, twins), twins, ...trace })
  }
  const opensRuns = values.all ?? false
  context.print(traceLines(trace, { width, lens, limit, opensRuns, page, providers, twins }))
}

/** The trace with the records of one lens, where one is chosen. */
function inLens(trace: TraceLenses, lens: Lens | undefined): TraceLenses {
  return { ...trace, ...(lens === 'xray' && { spans: [] }), ...(lens === 'honeycomb' && { segments: [] }) }
}

/** `--span`: what was sent about single spans. Throws a UserError with the code SPAN_UNKNOWN. */
function showSpans(
  trace: TraceLenses,
  text: string,
  { values, page, width, print, printJson }: TracesContext,
): void {
  const found = findSpans(trace, text)
  const [first] = [...found.spans, ...found.segments]
  if (!first) {
    throw new UserError({
      code: 'SPAN_UNKNOWN',
      what: `No span or segment of the trace has ${JSON.stringify(text)} in its name, or as the beginning of its id.`,
      fix: `npm run traces -- show ${trace.traceId} --all`,
    })
  }
  if (values.json) {
    printJson(found)
    return
  }
  const url = `${page}/trace/${trace.traceId}?${new URLSearchParams({ span: first.id })}`
  print([...spanLines(trace, found, width), [], [url]])
}
