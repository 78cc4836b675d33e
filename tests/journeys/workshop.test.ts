import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { Learner } from '../harness/learner.ts'
import { IS_LONG, scaled } from '../harness/scale.ts'
import { step } from '../harness/step.ts'

// WALK=3,9 walks these chapters alone, after a setup: for who works on them.
const ONLY = process.env.WALK?.split(',').map(Number)

/** Their checks have unit tests, and no later chapter needs what a learner does in them. 4 is an exercise like 3 and 6. */
const LONG_ONLY = new Set([4, 8, 10, 11])
const WALKED = CHAPTERS.slice(0, -1).filter(({ number }) => IS_LONG || !LONG_ONLY.has(number))

/** Chapter 9 may need three loads on a busy machine. */
const WALK_MS = 720_000

let learner: Learner

beforeAll(async () => {
  // As in a class that shares an account: the checks find rule and group by their names there.
  learner = await Learner.create({ XRAY_RESOURCE_SUFFIX: 'walk' })
})

afterAll(() => learner.dispose())

async function walk(number: number): Promise<void> {
  const file = String(number).padStart(2, '0')
  const { walk } = (await import(`../walk/${file}.ts`)) as typeof import('../walk/01.ts')
  await step(`${number}: ${CHAPTERS[number - 1]?.title}`, () => walk(learner))
}

test.runIf(ONLY)('chosen chapters, as a learner walks them', { timeout: WALK_MS }, async () => {
  if (!ONLY?.includes(1)) await learner.succeed('setup', '--yes')
  for (const number of ONLY ?? []) await walk(number)
})

test.skipIf(ONLY)('the whole workshop, as a learner walks it', { timeout: WALK_MS }, async () => {
  await step('before anything runs, npm run workshop says what to run', async () => {
    const stdout = await learner.succeed('workshop')
    expect(stdout).toContain('Next: chapter 1, workshop/01-why/README.md')
    expect(stdout).toContain('→ npm run setup')
    const one = await learner.command('workshop', '1')
    expect([one.code, one.stdout]).toEqual([1, expect.stringContaining('The sandbox is not running')])
  })

  for (const { number } of WALKED) await walk(number)

  await step('the progress, and a table of the class', async () => {
    expect(await learner.succeed('workshop')).toContain(`Next: chapter ${scaled(4, 13)}`)
    const file = join(learner.workspace.folder, 'ada.json')
    writeFileSync(file, await learner.succeed('workshop', 'export', '--name', 'Ada'))
    // Every chapter that was walked has passed, but the optional one.
    expect(await learner.succeed('workshop', 'class', file)).toMatch(
      scaled(
        /^Ada +([✓●] +){3}· +([✓●] +){3}· +[✓●] +– +· +[✓●] +· +8\/12$/m,
        /^Ada +([✓●] +){9}– +([✓●] +){2}· +11\/12$/m,
      ),
    )
  })

  await walk(13)

  await step('the summary, after the evidence is gone', async () => {
    const summary = await learner.succeed('workshop')
    expect(summary).toContain('● passed earlier')
    // summary.test.ts shows the end of the workshop to who has walked it whole.
    if (!IS_LONG) return
    expect(summary).toContain('12 of 13 chapters passed')
    expect(summary).toMatch(/Sent|sent/)
    expect(summary).toContain('At work tomorrow')
  })

  await step('reset keeps a copy of the learner’s files and restores the start', async () => {
    const file = join(learner.repository, 'backend/api/search-activities.ts')
    const own = `${readFileSync(file, 'utf8')}// mine\n`
    writeFileSync(file, own)
    const refused = await learner.command('workshop', 'reset', '3')
    expect([refused.code, readFileSync(file, 'utf8')]).toEqual([1, own])
    expect(refused.stderr).toContain('npm run workshop -- reset 3 --yes')
    const exercises = CHAPTERS.filter(({ file }) => file !== undefined)
    for (const chapter of scaled(exercises.slice(0, 1), exercises)) {
      await learner.succeed('workshop', 'reset', String(chapter.number), '--yes')
      const start = readFileSync(join(learner.repository, 'workshop', chapter.folder, 'start.txt'), 'utf8')
      expect(readFileSync(join(learner.repository, chapter.file ?? ''), 'utf8')).toBe(start)
    }
    const yours = join(learner.workspace.folder, 'state', 'workshop', 'yours')
    expect(readdirSync(yours).map((name) => readFileSync(join(yours, name), 'utf8'))).toContain(own)
  })
})
