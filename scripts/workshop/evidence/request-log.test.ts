import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../../settings/read.ts'
import { readLoggedRequests, readTelemetryWarnings } from './request-log.ts'

function settingsWithLog(lines: readonly (object | string)[]) {
  const folder = mkdtempSync(join(tmpdir(), 'request-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'logs'))
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  writeFileSync(join(folder, 'logs', 'api.log'), text)
  return readSettings({ WORKSPACE_STATE_DIR: folder, WORKSPACE_ENV_FILE: join(folder, '.env') })
}

const line = (time: number, flags: string, more: object = {}) => ({
  ...{ time, level: 30, trace_id: `trace of ${time}`, trace_flags: flags, 'url.path': '/api' },
  ...{ 'http.request.method': 'GET', 'http.response.status_code': 200, ...more },
})

test('each request is listed, newest first, with whether its trace was kept', () => {
  const settings = settingsWithLog([
    '── 2026-11-26T18:00:00.000Z api starts ──',
    line(1, '01'),
    line(2, '00'),
    { time: 3, level: 30, msg: 'no request' },
    'api ready http://127.0.0.1:4567',
    line(4, '03', { 'http.response.status_code': undefined }),
    '{"time": 5, "trace',
  ])
  expect(readLoggedRequests(settings, 2)).toEqual([
    { traceId: 'trace of 4', method: 'GET', path: '/api', status: undefined, atMs: 4, isKept: true },
    { traceId: 'trace of 2', method: 'GET', path: '/api', status: 200, atMs: 2, isKept: false },
  ])
})

test('the telemetry’s warnings are listed, not those of the app', () => {
  const settings = settingsWithLog([
    { time: 1, level: 40, msg: 'telemetry: too old' },
    { time: 2, level: 40, msg: 'telemetry: Cannot execute the operation on ended Span' },
    { time: 3, level: 40, msg: 'the app warns' },
    { time: 4, level: 30, msg: 'telemetry: no warning' },
  ])
  expect(readTelemetryWarnings(settings, 2)).toEqual([
    'telemetry: Cannot execute the operation on ended Span',
  ])
})

test('the log for people, which a workspace writes, has the same', () => {
  const at = (ms: number) => new Date(ms).toISOString()
  const time = (ms: number) => at(ms).slice(11, 23)
  const [first, second, third] = [1, 2, 3].map((n) => `6b03338a3466b3a098d40d78df8756e${n}`)
  const now = Date.now()
  const settings = settingsWithLog([
    // Two days ago, at a later time of day.
    `${time(now - 1)} info  GET /api 200 in 1.0 ms  trace=${first}`,
    `── ${at(now - 30 * 3_600_000)} api starts ──`,
    'cruddur-backend ready http://127.0.0.1:4567',
    `${at(now - 7_000)} telemetry: Cannot execute the operation on ended Span`,
    `${time(now - 6_000)} error GET /rollbar/test fails on purpose  trace=${first}`,
    'DeliberateError: GET /rollbar/test fails on purpose',
    '    at file:///backend/api/rollbar-test.ts:15:11',
    `${time(now - 5_000)} error GET /rollbar/test 500 in 9.0 ms  trace=${second} (not kept)`,
    `${time(now - 4_000)} warn  GET /api unanswered in 9.0 ms, cut off: the client hung up  trace=${third}`,
  ])
  expect(readLoggedRequests(settings, now - 60_000)).toEqual([
    { traceId: third, method: 'GET', path: '/api', status: undefined, atMs: now - 4_000, isKept: true },
    { traceId: second, method: 'GET', path: '/rollbar/test', status: 500, atMs: now - 5_000, isKept: false },
  ])
  expect(readLoggedRequests(settings, 0)).toHaveLength(3)
  expect(readTelemetryWarnings(settings, now - 60_000)).toEqual([
    'telemetry: Cannot execute the operation on ended Span',
  ])
})

test('without a log there is nothing', () => {
  const settings = readSettings({ WORKSPACE_STATE_DIR: '/nonexistent', WORKSPACE_ENV_FILE: '/nonexistent' })
  expect([readLoggedRequests(settings, 0), readTelemetryWarnings(settings, 0)]).toEqual([[], []])
})
