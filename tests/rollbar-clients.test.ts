import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ErrorDetail, ErrorList } from '../contracts/sandbox/lists.ts'
import { newTraceId } from '../contracts/trace-id.ts'
import { findProgram } from './harness/process.ts'
import { run } from './harness/run.ts'
import { sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'

const FIXTURES = resolve(import.meta.dirname, 'fixtures')
/** A Python that has the package rollbar. */
const PYTHON = process.env.ROLLBAR_PYTHON ?? 'python3'
const python = findProgram([PYTHON, '-c', 'import rollbar'])
const environment = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
const work = mkdtempSync(join(tmpdir(), 'rollbar-clients-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

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

const goClient = await built('go', ['go', 'version'], buildGo)
const javaClient = await built('java', ['mvn', '-version'], buildJava)

const CLIENTS: readonly Client[] = [
  {
    name: `pyrollbar (${python.kind})`,
    command: python.isThere ? [PYTHON, join(FIXTURES, 'send_rollbar.py')] : undefined,
    readsInput: true,
    title: /^ValueError: no such handle$/,
    place: /send_rollbar\.py:\d+ in <module>$/,
  },
  {
    name: `rollbar-go (${goClient.kind})`,
    command: goClient.command,
    readsInput: true,
    title: /no such handle/,
    place: /main\.go:\d+ in main\.main$/,
  },
  {
    name: `rollbar-java (${javaClient.kind})`,
    command: javaClient.command,
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

/** A client that has to be compiled. Only the long run does: the first time, packages are downloaded. */
async function built(
  what: string,
  version: readonly [string, ...string[]],
  build: () => Promise<readonly [string, ...string[]] | { readonly failed: string }>,
): Promise<{ readonly kind: string; readonly command: Client['command'] }> {
  if (!IS_LONG) return { kind: 'skipped: TEST_LONG is not 1', command: undefined }
  const { isThere, kind } = findProgram(version)
  if (!isThere) return { kind, command: undefined }
  const command = await build()
  return 'failed' in command
    ? { kind: `skipped: ${what} could not be built: ${command.failed}`, command: undefined }
    : { kind, command }
}

async function buildGo(): Promise<readonly [string] | { readonly failed: string }> {
  const file = join(work, 'rollbar-go')
  const args = ['-C', join(FIXTURES, 'rollbar-go'), 'build', '-o', file, '.']
  const { code, stderr } = await run('go', args, { env: environment })
  return code === 0 ? [file] : { failed: stderr.slice(0, 200) }
}

async function buildJava(): Promise<readonly [string, ...string[]] | { readonly failed: string }> {
  const folder = join(FIXTURES, 'rollbar-java')
  const jars = join(work, 'jars')
  const copy = [
    '-q',
    '-B',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${jars}`,
  ]
  const fetched = await run('mvn', copy, { env: environment })
  if (fetched.code !== 0) return { failed: (fetched.stdout + fetched.stderr).slice(0, 200) }
  const path = [join(jars, '*'), work].join(delimiter)
  const compiled = await run('javac', ['-cp', path, '-d', work, join(folder, 'Send.java')], {
    env: environment,
  })
  return compiled.code === 0 ? ['java', '-cp', path, 'Send'] : { failed: compiled.stderr.slice(0, 200) }
}
