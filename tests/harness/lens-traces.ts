import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'

// Traces as the sandbox's read of lenses returns them, for tests of what is made of them.

export const SHOWN_TRACE_ID = '6b03338a3466b3a098d40d78df8756e6'

/** Half past twelve today in the local time zone, so that it is shown without a date. Epoch ms */
export const TODAY_MS = new Date().setHours(12, 31, 5, 123)

export function lensSpan(
  id: string,
  parentId: string,
  [startMs, endMs]: readonly [number, number],
  more: Partial<LensSpan> = {},
): LensSpan {
  return {
    ...{
      id,
      parentId,
      startMs,
      endMs,
      name: id,
      kind: 'INTERNAL',
      service: 'api',
      attributes: {},
      resource: 0,
    },
    ...{ scope: 'test', status: 'UNSET', statusMessage: '', events: [], links: [], dropped: 0 },
    ...more,
  }
}

function lensSegment(
  id: string,
  parentId: string,
  [startMs, endMs]: readonly [number, number | null],
  more: Partial<LensSegment> = {},
): LensSegment {
  const name = more.name ?? 'api'
  return {
    ...{ id, parentId, startMs, endMs, name, isSubsegment: false, document: 0, outcome: 'ok', fields: {} },
    ...more,
  }
}

export function lensTrace(parts: Partial<TraceLenses> = {}): TraceLenses {
  return {
    ...{
      traceId: SHOWN_TRACE_ID,
      xrayTraceId: toXRayTraceId(SHOWN_TRACE_ID),
      pruned: false,
      originMs: TODAY_MS,
    },
    ...{ resources: [{}], spans: [], logs: [], segments: [], documents: 0, occurrences: [] },
    ...parts,
  }
}

/** A failing request with all three providers: three services, a run of queries, an error and a log record. */
export function failingTrace(): TraceLenses {
  const queries = Array.from({ length: 12 }, (_, index) =>
    lensSpan(`query${index}`, 'profiles', [30 + index * 10, 39 + index * 10], {
      name: 'SELECT profiles',
      kind: 'CLIENT',
      service: 'profiles',
      attributes: { 'db.query.text': `SELECT handle FROM profiles WHERE uuid = ${index}` },
    }),
  )
  const status = { 'http.response.status_code': 500 }
  return lensTrace({
    spans: [
      lensSpan('root', '', [0, 200], {
        name: 'GET /api/activities/home',
        kind: 'SERVER',
        status: 'ERROR',
        attributes: { 'http.request.method': 'GET', 'http.route': '/api/activities/home', ...status },
      }),
      lensSpan('home', 'root', [5, 25], { name: 'home activities' }),
      lensSpan('call', 'root', [26, 170], {
        name: 'GET',
        kind: 'CLIENT',
        attributes: {
          'http.request.method': 'GET',
          'url.full': 'http://localhost:4568/api/profiles?handles=maya',
        },
      }),
      lensSpan('profiles', 'call', [28, 168], {
        name: 'GET /api/profiles',
        kind: 'SERVER',
        service: 'profiles',
      }),
      ...queries,
    ],
    segments: [
      lensSegment('root', '', [0, 200], {
        outcome: 'fault',
        fields: { http: { response: { status: 500 } } },
      }),
      lensSegment('call', 'root', [26, 170], { name: 'profiles', isSubsegment: true }),
      lensSegment('profiles', 'call', [28, null], { name: 'profiles', document: 1 }),
    ],
    documents: 2,
    occurrences: [
      {
        uuid: '0f3c3d1b-7f3a-4b0c-9a53-9f4f1a2b3c4d',
        itemId: 7,
        atMs: 0,
        spanId: 'root',
        data: {
          level: 'error',
          environment: 'production',
          body: {
            trace: {
              exception: { class: 'DeliberateError', message: 'it fails on purpose' },
              frames: [
                { filename: 'node:internal/process', lineno: 1, method: 'run' },
                { filename: '/app/backend/api/home.ts', lineno: 13, method: 'load' },
              ],
            },
          },
        },
      },
    ],
    logs: [
      {
        ...{
          spanId: 'root',
          severityNumber: 17,
          severity: 'ERROR',
          service: 'api',
          attributes: {},
          atMs: 199,
        },
        body: 'GET /api/activities/home fails on purpose',
      },
    ],
  })
}

/** What a terminal must not act upon, and what may be broader than it looks. */
export const HOSTILE_TEXT =
  '\u001b[2J\u001b]0;title\u0007\n✓ passed\r\u009b31m\u202Eevil\u2066\u200B雪雪雪😀👩‍👩‍👧‍👦\u0301\u0301\u0301\u0301\u0301\u0301﷽\u2028next'
