import { defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { Remnant } from '../context.ts'

export const cleanUp = defineChapter<readonly Remnant[]>({
  number: 13,
  folder: '13-clean-up',
  title: 'Clean up',
  gather: (context) => context.remains(),
  conditions: [
    {
      name: 'nothing of the workspace is in AWS',
      judge: (remains) => judge(remains, 'aws', 'neither group nor sampling rule', 'npm run teardown'),
    },
    {
      name: 'no process runs',
      judge: (remains) =>
        judge(
          remains,
          'processes',
          'neither a service nor the sandbox',
          // Someone who reads the evidence again has started it after the clean-up.
          'npm run teardown. Your progress stays, and npm run workshop shows it afterwards',
        ),
    },
    {
      name: 'no key or setting is stored',
      judge: (remains) => judge(remains, 'settings', 'none', 'npm run teardown, without --keep-settings'),
    },
    {
      name: 'its data, logs and programs are removed',
      judge: (remains) =>
        judge(remains, 'state', 'all but your progress and your code', 'npm run teardown, without --dry-run'),
    },
  ],
  evidence: () => [],
})

function judge(remains: readonly Remnant[], kind: Remnant['kind'], gone: string, fix: string): Verdict {
  const left = remains.filter((one) => one.kind === kind).map(({ text }) => text)
  return left.length === 0 ? met(gone) : notYet(`These are left: ${left.join('; ')}.`, fix)
}
