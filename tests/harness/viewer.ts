import type { Page } from 'playwright-core'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { BUILT_FOLDER } from '../../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../../scripts/viewer/build.ts'
import { openPage, type WatchedPage } from './browser.ts'
import { type SandboxForTest, sandboxForTest } from './sandbox.ts'

interface OpenedViewer {
  /** Empty. */
  readonly sandbox: SandboxForTest
  readonly watched: WatchedPage
  readonly page: Page
}

/**
 * Builds the viewer before the tests of a file, and hands `use` a new sandbox and an empty page before each test. After
 * each, the browser must not have reported anything but what matches `expected`, and the sandbox no internal error.
 */
export function eachTestWithViewer(use: (opened: OpenedViewer) => void, expected?: RegExp): void {
  let opened: OpenedViewer
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
  })
  beforeEach(async () => {
    const sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    const watched = await openPage()
    opened = { sandbox, watched, page: watched.page }
    use(opened)
  })
  afterEach(async () => {
    const { sandbox, watched, page } = opened
    await page.goto('about:blank')
    await sandbox[Symbol.asyncDispose]()
    expect(watched.complaints.filter((text) => !expected?.test(text))).toEqual([])
    expect(sandbox.internalErrors).toEqual([])
  })
}
