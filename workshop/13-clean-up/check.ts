import { defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { Remnant } from '../context.ts'

const NUMBER = 13

interface Gathered {
  /** The numbers of the chapters that have passed. */
  readonly passed: readonly number[]
  readonly remains: readonly Remnant[]
}

export const cleanUp = defineChapter<Gathered>({
  number: NUMBER,
  folder: '13-clean-up',
  title: 'Clean up',
  readsEvidence: false,
  gather: async (context) => ({ passed: context.passed, remains: await context.remains() }),
  conditions: [
    {
      name: 'there was something to clean up',
      judge: ({ passed }) => {
        const others = passed.filter((number) => number !== NUMBER)
        return others.length > 0
          ? met(`chapters ${others.join(', ')} have passed`)
          : notYet('No chapter has passed yet, so there is nothing to clean up.', 'npm run workshop')
      },
    },
    {
      name: 'nothing of the workspace is in AWS',
      judge: ({ remains }) => judge(remains, 'aws', 'neither group nor sampling rule', 'npm run teardown'),
    },
    {
      name: 'no process runs',
      judge: ({ remains }) =>
        judge(
          remains,
          'processes',
          'neither a service nor the sandbox',
          // A learner may have started the sandbox after the clean-up, to read the evidence again.
          'npm run teardown. Your progress stays, and npm run workshop shows it afterwards',
        ),
    },
    {
      name: 'no key or setting is stored',
      judge: ({ remains }) => judge(remains, 'settings', 'none', 'npm run teardown, without --keep-settings'),
    },
    {
      name: 'its data, logs and programs are removed',
      judge: ({ remains }) =>
        judge(remains, 'state', 'all but your progress and your code', 'npm run teardown, without --dry-run'),
    },
  ],
  evidence: () => [],
})

function judge(remains: readonly Remnant[], kind: Remnant['kind'], gone: string, fix: string): Verdict {
  const left = remains.filter((one) => one.kind === kind).map(({ text }) => text)
  return left.length === 0 ? met(gone) : notYet(`These are left: ${left.join('; ')}.`, fix)
}
