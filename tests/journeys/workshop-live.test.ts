import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { DAEMON_KIND, placeDaemon } from '../harness/daemon.ts'
import { Learner } from '../harness/learner.ts'
import { liveProviders, ProviderServer, sts } from '../harness/provider-server.ts'
import { IS_LONG } from '../harness/scale.ts'
import { step } from '../harness/step.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'
import { walk as walkHoneycomb } from '../walk/03.ts'
import { walk as walkXRay } from '../walk/04.ts'
import { walk as walkRollbar } from '../walk/06.ts'
import { walk as walkOneTrace } from '../walk/07.ts'
import { walk as walkFindIt } from '../walk/09.ts'

const WALKS = {
  'chapter 3': walkHoneycomb,
  'chapter 4': walkXRay,
  'chapter 6': walkRollbar,
  'chapter 7': walkOneTrace,
  'chapter 9': walkFindIt,
}

/** The chapters about the three providers, while all are live as in live.test.ts: Honeycomb returns no span to a check. */
describe.runIf(IS_LONG)(`the workshop on three live providers (${DAEMON_KIND})`, () => {
  let cloud: TestWorkspace
  let identity: ProviderServer
  let learner: Learner

  beforeAll(async () => {
    cloud = await createWorkspace()
    await cloud.startSandboxHere()
    identity = await ProviderServer.start(sts())
    learner = await Learner.create(liveProviders(cloud.sandbox, identity.url), cloud)
    placeDaemon(join(learner.workspace.folder, 'state'))
  })

  afterAll(async () => {
    await learner.dispose()
    await cloud.dispose()
    await identity[Symbol.asyncDispose]()
  })

  test('as a learner walks it', { timeout: 480_000 }, async () => {
    await learner.succeed('setup', '--yes')
    for (const [name, walk] of Object.entries(WALKS)) await step(name, () => walk(learner))
  })
})
