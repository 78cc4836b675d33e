import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { ROOT, type RunningProcess, spawnProcess } from './harness/process.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'
import { eventually } from './harness/wait-for.ts'
import { bareEnvironment } from './harness/workspace.ts'

/** A project with the bootstrap and no packages. Its command says when it begins to load, and never has loaded. */
let project: string

beforeEach(() => {
  project = temporaryFolder()
  mkdirSync(join(project, 'scripts', 'commands'), { recursive: true })
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true })
  for (const file of ['bootstrap.mjs', 'install.mjs'])
    copyFileSync(join(ROOT, 'scripts', file), join(project, 'scripts', file))
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json'])
    writeFileSync(join(project, file), '{"packages": {}}')
  const source = "process.stdout.write('loads'); await new Promise((done) => setTimeout(done, 60_000))"
  writeFileSync(join(project, 'scripts', 'commands', 'slow.ts'), source)
})

const start = () =>
  spawnProcess([join(project, 'scripts', 'bootstrap.mjs'), 'slow'], bareEnvironment(), {
    cwd: project,
    detached: true,
  })

/** A terminal signals every process of its foreground group. */
async function signalAll({ child, exited }: RunningProcess, signal: NodeJS.Signals) {
  process.kill(-(child.pid ?? Number.NaN), signal)
  await exited
  return child.signalCode
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s while a command loads ends it with one line',
  async (signal) => {
    const command = start()
    await eventually(command.stdout, (text) => text === 'loads')
    expect(await signalAll(command, signal)).toBe(signal)
    expect(command.stderr()).toBe('✗ npm run slow was interrupted before it began.\n')
  },
)

test('Ctrl-C while the right Node is looked for starts nothing', async () => {
  const node = join(project, 'node_modules', '.bin', 'node')
  writeFileSync(node, `#!/bin/sh\ntouch '${project}/asked'\nexec sleep 60\n`)
  chmodSync(node, 0o755)
  const command = start()
  await eventually(
    () => existsSync(join(project, 'asked')),
    (isAsked) => isAsked,
  )
  expect(await signalAll(command, 'SIGINT')).toBe('SIGINT')
  expect(command.output()).toBe('✗ npm run slow was interrupted before it began.\n')
})
