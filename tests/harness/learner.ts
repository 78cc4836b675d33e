import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { ROOT, type RunningProcess, spawnProcess } from './process.ts'
import type { Finished } from './run.ts'
import { eventually } from './wait-for.ts'
import { createWorkspace, type TestWorkspace } from './workspace.ts'

/** The parts of the repository that the commands need. */
const COPIED =
  'analysis aws backend sandbox scripts settings contracts viewer docs workshop collector package.json tsconfig.json'.split(
    ' ',
  )

/** The services report to the sampling rules every ten seconds, and send metrics as often. */
const TELEMETRY_MS = 60_000

/** Wrong code, as replacements in the exercise's start, and the words with which the check names the mistake. */
export type Attempt = readonly [
  replacements: readonly (readonly [of: string, text: string])[],
  words: string | RegExp,
]

/** What the learner answers; a function where it changes while telemetry arrives. */
type Answer = string | (() => Promise<string>)

/** Someone who walks through the workshop: a workspace with a copy of the sources, which the exercises change. */
export class Learner {
  readonly workspace: TestWorkspace
  /** The copy's root. */
  readonly repository: string
  /** The workspace whose sandbox takes the place of the live providers, if they are live. */
  readonly cloud: TestWorkspace | undefined
  readonly #checks: ChildProcess
  readonly #watches: RunningProcess[] = []

  private constructor(
    { workspace, repository, cloud }: Pick<Learner, 'workspace' | 'repository' | 'cloud'>,
    checks: ChildProcess,
  ) {
    this.workspace = workspace
    this.repository = repository
    this.cloud = cloud
    this.#checks = checks
  }

  static async create(env: Readonly<Record<string, string>> = {}, cloud?: TestWorkspace): Promise<Learner> {
    const workspace = await createWorkspace(env)
    const repository = join(workspace.folder, 'repository')
    for (const part of COPIED) cpSync(join(ROOT, part), join(repository, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(repository, 'node_modules'))
    const checks = fork(join(ROOT, 'tests', 'fixtures', 'workshop-checks.ts'), [repository], {
      cwd: repository,
      env: { ...workspace.env },
    })
    const ended = once(checks, 'exit').then(() => {
      throw new Error('The process that runs the checks has ended.')
    })
    await Promise.race([once(checks, 'message'), ended])
    ended.catch(() => {})
    return new Learner({ workspace, repository, cloud }, checks)
  }

  async dispose(): Promise<void> {
    for (const { child } of [...this.#watches, { child: this.#checks }]) child.kill()
    await this.command('stop')
    await this.workspace.dispose()
  }

  /** A command of the copied repository. */
  command(name: string, ...args: string[]): Promise<Finished> {
    return this.workspace.command(name, args, {}, this.repository)
  }

  /** A command that must end with 0. Returns its standard output. */
  async succeed(name: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.command(name, ...args)
    expect(code, `${stdout}${stderr}${this.workspace.logs()}`).toBe(0)
    return stdout
  }

  /** Runs a chapter's check; `text` is what the command prints. */
  async check(chapter: number, ...answers: Answer[]): Promise<{ passed: boolean; text: string }> {
    const given = await Promise.all(answers.map((one) => (typeof one === 'string' ? one : one())))
    const answered = once(this.#checks, 'message')
    this.#checks.send([String(chapter), ...given])
    const [answer] = (await answered) as [{ passed: boolean; text: string }]
    return answer
  }

  /** Waits until the check does not pass and prints these words, within the time that telemetry needs to arrive. */
  async expectNotYet(chapter: number, words: string | RegExp, ...answers: Answer[]): Promise<void> {
    const checked = { passed: false, text: '' }
    const read = async () => Object.assign(checked, await this.check(chapter, ...answers)).text
    await expect.poll(read, { timeout: TELEMETRY_MS, interval: 300 }).toMatch(words)
    expect(checked.passed, checked.text).toBe(false)
    expect(checked.text).toMatch(/→ \S/)
  }

  /** Waits until the check passes, within the time that telemetry needs to arrive. */
  async expectPassed(chapter: number, ...answers: Answer[]): Promise<void> {
    const verdict = async () => {
      const { passed, text } = await this.check(chapter, ...answers)
      return passed ? 'passed' : text
    }
    await expect.poll(verdict, { timeout: TELEMETRY_MS, interval: 300 }).toBe('passed')
  }

  /** Writes the solution into the exercise's file, and restarts what uses it. */
  solve(chapter: number): Promise<string> {
    return this.succeed('workshop', String(chapter), '--apply')
  }

  /** The exercise's file as at its start, with `text` in place of `of`; restarts what uses it unless told otherwise. */
  async writeAttempt(
    chapter: number,
    replacements: readonly (readonly [of: string, text: string])[],
    { restart = true } = {},
  ): Promise<void> {
    const { file = '', folder = '' } = CHAPTERS[chapter - 1] ?? {}
    let text = readFileSync(join(this.repository, 'workshop', folder, 'start.txt'), 'utf8')
    for (const [of, by] of replacements) {
      expect(text, 'the attempt replaces text of the start').toContain(of)
      text = text.replace(of, () => by)
    }
    writeFileSync(join(this.repository, file), text)
    if (restart) await this.succeed('workshop', 'restart')
  }

  /** Writes wrong code, asks for `path` and expects the words of each attempt. The checks have unit tests of most. */
  async tryAttempts(chapter: number, path: string, attempts: readonly Attempt[]): Promise<void> {
    for (const [replacements, words] of attempts) {
      await this.writeAttempt(chapter, replacements)
      await this.ask(path)
      await this.expectNotYet(chapter, words)
    }
  }

  /** Starts `npm run workshop -- <chapter> --watch`. */
  watch(chapter: number): RunningProcess {
    const command = join(this.repository, 'scripts', 'commands', 'workshop.ts')
    const args = [command, String(chapter), '--watch']
    const watch = spawnProcess(args, this.workspace.env, { cwd: this.repository })
    this.#watches.push(watch)
    return watch
  }

  /** Sends a request whose trace is sampled. Returns the trace's id. */
  async ask(path: string, init?: RequestInit): Promise<string> {
    return (await this.workspace.request(path, init)).traceId
  }

  /** Sends a request whose trace is not sampled, as the caller decides. Returns the trace's id. */
  async askUnsampled(path: string, init: RequestInit = {}): Promise<string> {
    const traceId = newTraceId()
    const headers = { ...init.headers, traceparent: `00-${traceId}-${newSpanId()}-00` }
    await (await fetch(`${this.workspace.api}${path}`, { ...init, headers })).arrayBuffer()
    return traceId
  }

  /** Waits for a span that fits and returns `<trace id>/<span id>`, which a learner copies from the viewer, or from Honeycomb. */
  async find(traceId: string, fits: (span: Span, spans: readonly Span[]) => boolean): Promise<string> {
    const read = async () => {
      const { spans } = (await (this.cloud ?? this.workspace).trace(traceId)).honeycomb
      return spans.find((span) => fits(span, spans))
    }
    const found = await eventually(read, (span) => span !== undefined, TELEMETRY_MS)
    return `${traceId}/${found?.spanId}`
  }
}
