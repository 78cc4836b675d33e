import type { RefObject } from 'preact'

const KEYS = [
  ['j k ↓ ↑', 'the next row, the one before'],
  ['PgDn PgUp Home End', 'in the requests, the logs and a trace: a page of rows, or to an end'],
  ['Enter', 'open the row'],
  ['← →', 'in a trace: fold and unfold, also runs of like siblings; or to the same moment in another lens'],
  ['n p', 'in a trace: the next error, the one before'],
  ['/', 'search; in a question: a filter'],
  ['Tab ↓ ↑', 'in a field with suggestions: accept one, choose another'],
  ['x', 'in the requests: the X-Ray filter'],
  ['m', 'in the requests: select the row, two for a comparison'],
  ['Esc', 'back: out of the search, the selection, the trace'],
  ['z', 'in a trace: zoom to the selected span, and out again'],
  ['f', 'in a trace: the flame graph, the waterfall'],
  ['c', 'in a trace: the critical path'],
  ['l', 'in a trace: its log records'],
  ['Shift+Enter', 'in a question: ask it'],
  ['← → ↑ ↓', 'in a heatmap: move; with Shift select more, with Enter compare what is selected'],
  ['a b x', 'in a comparison: open the span of A, of B; swap the two'],
  ['← →', 'in a chart: the values of a step'],
] as const

const WORDS = [
  ['Span', 'one operation, as OpenTelemetry and Honeycomb call it: a request, a query, a piece of work'],
  ['Segment', 'what one service did for a request, as X-Ray calls it; its calls are subsegments within it'],
  ['Filter expression', 'how X-Ray is asked for traces, as in service("api") { fault }'],
  ['Group', 'a filter expression that X-Ray keeps under a name'],
  ['Response time', 'how long the root segment took; the duration has what the services did afterwards too'],
  ['Occurrence', 'one error as Rollbar received it; those with the same fingerprint are one item'],
  ['Event', 'what a question counts: a span, a span event or link, a log record'],
  ['Time series', 'the points of a metric from one sender with one set of attributes'],
  [
    'Cumulative, delta',
    'a point has the total since the process began; or what is new since the point before',
  ],
  ['Exemplar', 'one measurement of a metric, with the trace in which it was made'],
  ['Critical path', 'the parts of spans that determine the duration of the whole request'],
  ['Sampled out', 'the sampling rules did not keep the request; Rollbar receives its error all the same'],
] as const

interface Props {
  readonly dialog: RefObject<HTMLDialogElement | null>
  /** The names of the pages, in the order of their keys. */
  readonly pages: readonly string[]
}

export function Help({ dialog, pages }: Props) {
  const keys = [
    ...KEYS,
    [`1 … ${pages.length}`, `the pages: ${pages.join(', ').toLowerCase()}`],
    ['?', 'this'],
  ] as const
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title">
      <form method="dialog">
        <div class="line help-head">
          <h2 id="help-title">Keys and words</h2>
          {/* First, because the dialog scrolls to what has the focus when it opens. */}
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <dl>
          {keys.map(([names, meaning]) => (
            <div key={meaning}>
              <dt>
                {names.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd class="soft">{meaning}</dd>
            </div>
          ))}
        </dl>
        <dl>
          {WORDS.map(([word, meaning]) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd class="soft">{meaning}</dd>
            </div>
          ))}
        </dl>
      </form>
    </dialog>
  )
}
