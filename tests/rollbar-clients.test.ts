import { describe, expect, test } from 'vitest'
import { ErrorDetail, ErrorList } from '../contracts/sandbox/lists.ts'
import { newTraceId } from '../contracts/trace-id.ts'
import { buildGo, buildJava } from './harness/built-program.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { sandboxForTest } from './harness/sandbox.ts'

const python = findModules('rollbar')
const go = await buildGo('tests/fixtures/rollbar-go')
const java = await buildJava('tests/fixtures/rollbar-java', 'Send.java')
const environment = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }

/** Sends an exception with a cause and a warning, both with the trace id. */
interface Client {
  readonly name: string
  /** Undefined where it is skipped; the name has the reason. */
  readonly command: readonly [string, ...string[]] | undefined
  /** Whether it reads its work from standard input; else it gets it as arguments. */
  readonly readsInput: boolean
  readonly title: RegExp
  readonly place: RegExp
}

const CLIENTS: readonly Client[] = [
  {
    name: `pyrollbar (${python.kind})`,
    command: python.isThere ? [PYTHON, 'tests/fixtures/send_rollbar.py'] : undefined,
    readsInput: true,
    title: /^ValueError: no such handle$/,
    place: /send_rollbar\.py:\d+ in <module>$/,
  },
  {
    name: `rollbar-go (${go.kind})`,
    command: go.command,
    readsInput: true,
    title: /no such handle/,
    place: /main\.go:\d+ in main\.main$/,
  },
  {
    name: `rollbar-java (${java.kind})`,
    command: java.command,
    readsInput: false,
    title: /IllegalArgumentException: no such handle$/,
    place: /Send\.java:\d+ in main$/,
  },
]

describe.each(CLIENTS)('$name takes the sandbox for Rollbar', ({ command, readsInput, title, place }) => {
  test.runIf(command)('and every item has its level, time, place and trace', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const traceId = newTraceId()
    const [program = '', ...args] = command ?? []
    const { code, stderr } = await run(program, readsInput ? args : [...args, sandbox.url, traceId], {
      env: environment,
      input: JSON.stringify({ url: sandbox.url, traceId }),
    })
    expect(code, stderr).toBe(0)
    expect(await sandbox.counts()).toMatchObject({ rollbar: { items: 2, refused: 0 } })

    const { items } = ErrorList.parse(await (await sandbox.ask('/sandbox/errors')).json())
    const [failure] = items.filter((item) => title.test(item.title))
    const [warning] = items.filter((item) => item.title === 'slow answer')
    expect(failure).toMatchObject({
      level: 'error',
      environment: 'production',
      lastTraceId: traceId,
      place: expect.stringMatching(place),
    })
    expect(warning).toMatchObject({ level: 'warning', lastTraceId: traceId })
    for (const { id } of items) {
      const detail = ErrorDetail.parse(await (await sandbox.ask(`/sandbox/errors/${id}`)).json())
      expect(Math.abs(Date.now() / 1_000 - (detail.occurrences[0]?.timestampS ?? 0))).toBeLessThan(60)
    }
    expect((await sandbox.trace(traceId)).rollbar.items).toHaveLength(2)
  })
})
