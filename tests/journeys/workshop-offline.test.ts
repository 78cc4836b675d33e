import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WITHOUT_NETWORK, whyNetwork } from '../harness/no-network.ts'
import { ROOT, spawnProcess } from '../harness/process.ts'
import { IS_LONG } from '../harness/scale.ts'
import { bareEnvironment } from '../harness/workspace.ts'

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const JOURNEY = 'tests/journeys/workshop.test.ts'
const WALK_MS = 400_000

/** Node with these arguments, where loopback is the only network. */
function start(...args: string[]) {
  const [program, ...before] = WITHOUT_NETWORK
  return spawnProcess([...before, process.execPath, ...args], bareEnvironment(), {
    program,
    timeout: WALK_MS,
  })
}

describe.runIf(IS_LONG && !whyNetwork)(
  `the workshop without a network${whyNetwork ? ` (${whyNetwork})` : ''}`,
  () => {
    test('every chapter is walked, while no address outside this machine can be reached', {
      timeout: WALK_MS,
    }, async () => {
      // Cloudflare's resolver, by its address: no name has to be resolved.
      const outside = start('-e', "fetch('https://1.1.1.1/').catch(({ cause }) => console.log(cause.code))")
      await outside.exited
      expect(outside.stdout()).toBe('ENETUNREACH\n')
      const walk = start(VITEST, 'run', JOURNEY)
      const code = await walk.exited
      expect(code, walk.output()).toBe(0)
      expect(walk.output()).toMatch(/✓.* the whole workshop, as a learner walks it/)
    })
  },
)
