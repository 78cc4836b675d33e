import { differences } from '../../analysis/trace/differences.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENSES, type Lens, sandboxTraceUrl } from '../../contracts/trace-links.ts'
import { UserError } from '../../contracts/user-error.ts'
import { readLimit } from './request-filters.ts'
import type { TracesContext } from './run-traces.ts'
import { findSpans, spanLines } from './span-lines.ts'
import { firstLens, traceLines } from './trace-lines.ts'
import { whichTrace } from './which-trace.ts'

/** Spans of a trace, or paths of a comparison. */
export const ROWS = { usual: 100, most: 10_000 } as const

/** `npm run traces -- show <id>`: one trace as a tree of spans, with what each provider has of it. */
export async function show(id: string, context: TracesContext): Promise<void> {
  const { reads, values, page, width } = context
  const limit = readLimit(values.limit, ROWS.usual, ROWS.most)
  const lens = readLens(values.lens, LENSES)
  const [trace, providers] = await Promise.all([
    whichTrace(reads, id).then((traceId) => reads.trace(traceId)),
    reads.providers(),
  ])
  if (values.span !== undefined) return showSpans(trace, values.span, context)
  if (values.json) {
    const url = sandboxTraceUrl(page, trace.traceId, lens ?? firstLens(trace))
    return context.printJson({ url, differences: differences(trace, providers), ...trace })
  }
  context.print(traceLines(trace, { width, lens, limit, opensRuns: values.all ?? false, page, providers }))
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

/** Throws a UserError with the code USAGE for a lens that is none of those. */
export function readLens<Name extends Lens>(
  text: string | undefined,
  lenses: readonly Name[],
): Name | undefined {
  const lens = lenses.find((name) => name === text)
  if (lens || text === undefined) return lens
  throw new UserError({
    code: 'USAGE',
    what: `--lens ${text} is none of ${lenses.join(', ')}.`,
    fix: `--lens ${lenses[0]}`,
  })
}
