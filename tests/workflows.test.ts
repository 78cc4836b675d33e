import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BUILT, build } from './harness/built-program.ts'
import { REQUIRABLE, ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'
import { readWorkflows, rejectedByGitHub } from './harness/workflow.ts'

const workflows = readWorkflows()
const jobs = workflows.flatMap(({ path, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ id: `${path}: ${name}`, job })),
)
const jobOf = (file: string, name: string) => {
  const found = jobs.find(({ id }) => id === `.github/workflows/${file}: ${name}`)
  if (!found) throw new Error(`There is no job ${name} in ${file}.`)
  return found.job
}
const commandsOf = (file: string, name: string) =>
  jobOf(file, name)
    .steps.flatMap(({ run }) => run ?? [])
    .join('\n')
const manifest = z
  .object({
    scripts: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

describe.each(workflows)('$path', ({ text, workflow }) => {
  test('is accepted by GitHub’s own parser', async () => {
    expect(await rejectedByGitHub(text)).toEqual([])
  })

  test('names each action by its commit, and says which release that is', () => {
    const actions = [...text.matchAll(/\buses: (.+)/g)].map(([, action]) => action)
    expect(actions).not.toEqual([])
    const loose = actions.filter(
      (action) => !/^(\.\/\S+|\S+@[0-9a-f]{40} # v\d+(\.\d+)+)$/.test(action ?? ''),
    )
    expect(loose).toEqual([])
  })

  test('gives steps no token and no text from outside', () => {
    for (const { uses, run, with: inputs } of Object.values(workflow.jobs).flatMap(({ steps }) => steps)) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false)
      // A branch's name in a script is code. Scripts take variables: `$GITHUB_REF_NAME`.
      expect(run ?? '').not.toContain('${{')
    }
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions)
  })
})

test('only the jobs of a release may write: one signs, the other publishes', () => {
  const writers = jobs.flatMap(({ id, job }) =>
    Object.entries(job.permissions).flatMap(([name, level]) => (level === 'write' ? `${id} ${name}` : [])),
  )
  expect(writers).toEqual([
    '.github/workflows/release.yml: build id-token',
    '.github/workflows/release.yml: build attestations',
    '.github/workflows/release.yml: publish contents',
  ])
})

test.each(jobs.filter(({ job }) => job.uses === undefined))('$id has a time limit', ({ job }) => {
  expect(job['timeout-minutes']).toBeLessThanOrEqual(90)
})

test.each(jobs)('$id runs only commands that exist', ({ job }) => {
  for (const command of job.steps.flatMap(({ run }) => run ?? [])) {
    for (const [, script = ''] of command.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      expect(Object.keys(manifest.scripts)).toContain(script)
    for (const [file] of command.matchAll(/(?<![\w/])(?:\.ci|tests)\/[\w./-]+/g))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  }
})

// The parser's errors are the proof that it reads expressions and schedules too, which a JSON schema does not.
test.each([
  ['an unknown key', 'timeout-minutes: 30', 'timeout-minute: 30', "Unexpected value 'timeout-minute'"],
  ['a permission that does not exist', 'contents: read', 'contents: red', "Unexpected value 'red'"],
  ['an expression without its end', expression('matrix.node'), `\${{ matrix.node`, 'not closed'],
  ['an unknown function', 'github.event_name ==', 'nothing(github) ==', "Unrecognized function: 'nothing'"],
  [
    'a context that is not there',
    expression('github.ref'),
    expression('steps.a.outputs.b'),
    "named-value: 'steps'",
  ],
  ['a schedule that never comes', 'workflow_call:', "schedule: [{ cron: '99 3 * * *' }]", 'Invalid cron'],
  ['a step that does nothing', '- run: npm stop', '- name: npm stop', 'Add one of these properties'],
])('the parser rejects %s', async (_name, good, bad, error) => {
  const { text } = workflows.find(({ path }) => path.endsWith('/ci.yml')) ?? { text: '' }
  expect(text).toContain(good)
  expect((await rejectedByGitHub(text.replace(good, bad))).join('\n')).toContain(error)
})

describe('CI', () => {
  test('sets the workspace up and verifies it with Node 18, 20 and 24 on Linux and macOS', () => {
    const matrix = jobOf('ci.yml', 'set-up').strategy?.matrix
    expect(matrix?.node).toEqual([18, 20, 24])
    expect(matrix?.os.map((os) => os.split('-')[0])).toEqual(['ubuntu', 'macos'])
    // A runner for each platform of which package.json has a Node. https://docs.github.com/actions/reference/runners
    const all = [...(matrix?.os ?? []), ...(matrix?.include ?? []).map(({ os }) => String(os))]
    expect(all.map(platformOf).toSorted()).toEqual(
      Object.keys(manifest.optionalDependencies)
        .map((name) => name.replace(/^node-(bin-)?/, ''))
        .toSorted(),
    )
    const commands = commandsOf('ci.yml', 'set-up')
    for (const script of ['setup', 'verify', 'doctor']) expect(commands).toContain(`npm run ${script}`)
  })

  test('runs the browser tests for certain, on the oldest and the newest Node', () => {
    const { env, strategy } = jobOf('ci.yml', 'test')
    expect(String(env.TEST_REQUIRES).split(',')).toContain('chromium')
    expect(strategy?.matrix.node).toEqual([18, 24])
    expect(commandsOf('ci.yml', 'test')).toContain('.ci/run')
  })

  test('builds images, each profile of Compose, and the dev container', () => {
    expect(commandsOf('ci.yml', 'containers')).toContain('npm run test:containers')
    expect(jobOf('ci.yml', 'profile').strategy?.matrix.profile).toEqual(['local', 'live', 'collector'])
    const uses = jobOf('ci.yml', 'dev-container').steps.map(({ uses }) => uses?.split('@')[0])
    expect(uses).toContain('devcontainers/ci')
  })

  test('runs the long tests and the containers’ every night', () => {
    expect(workflows.find(({ path }) => path.endsWith('/long.yml'))?.workflow.on).toHaveProperty('schedule')
    expect(commandsOf('long.yml', 'test')).toContain('npm run test:long')
    expect(commandsOf('long.yml', 'containers')).toContain('npm run test:containers')
  })

  test('requires only programs that a test asks for', () => {
    const required = jobs.flatMap(({ job: { env } }) => String(env.TEST_REQUIRES ?? '').split(','))
    expect(required.filter((name) => name !== '' && !REQUIRABLE.includes(name))).toEqual([])
  })
})

const program = join(BUILT, 'actionlint')
const actionlint = await build(
  ['go', 'version'],
  [
    [
      'go',
      '-C',
      'tests/fixtures/actionlint',
      'build',
      '-o',
      program,
      'github.com/rhysd/actionlint/cmd/actionlint',
    ],
  ],
  () => [program],
)

test.skipIf(actionlint.skipped)(`actionlint finds nothing (${actionlint.kind})`, async () => {
  const [file = '', ...args] = actionlint.command ?? []
  const paths = workflows.map(({ path }) => path)
  const { code, stdout, stderr } = await run(file, [...args, ...paths], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '' },
  })
  expect(stdout + stderr).toBe('')
  expect(code).toBe(0)
})

/** https://docs.github.com/actions/reference/workflows-and-actions/expressions */
function expression(text: string): string {
  return `\${{ ${text} }}`
}

function platformOf(runner: string): string {
  if (runner.startsWith('macos')) return runner.endsWith('-intel') ? 'darwin-x64' : 'darwin-arm64'
  return runner.endsWith('-arm') ? 'linux-arm64' : 'linux-x64'
}
