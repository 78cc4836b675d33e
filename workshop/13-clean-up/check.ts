import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

export const cleanUp: Chapter = oneCondition({
  number: 13,
  folder: '13-clean-up',
  title: 'Clean up',
  async check(context) {
    const remains = await context.remains()
    if (remains.length > 0) {
      return notYet(
        `These are left: ${remains.slice(0, 6).join(', ')}.`,
        'npm run workshop -- export > progress.json, if your instructor wants it; then npm run teardown',
      )
    }
    return passed(['no process of the workspace runs, its state is removed, and nothing of it is in AWS'])
  },
})
