import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { detectWorkspace } from './index.ts'

test.each([
  [{}, 'local', 'http://localhost:4567'],
  [{ GITPOD_WORKSPACE_ID: '' }, 'local', 'http://localhost:4567'],
  [{ REMOTE_CONTAINERS: 'true' }, 'devcontainer', 'http://localhost:4567'],
  [{ DEVCONTAINER: 'true' }, 'devcontainer', 'http://localhost:4567'],
  [
    {
      CODESPACES: 'true',
      DEVCONTAINER: 'true',
      CODESPACE_NAME: 'fuzzy-owl-7',
      GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'app.github.dev',
    },
    'codespaces',
    'https://fuzzy-owl-7-4567.app.github.dev',
  ],
  [
    { GITPOD_WORKSPACE_ID: 'amber-otter-1', GITPOD_WORKSPACE_URL: 'https://amber-otter-1.ws-eu1.gitpod.io' },
    'gitpod',
    'https://4567-amber-otter-1.ws-eu1.gitpod.io',
  ],
] as const)('%j is %s', async (environment, kind, url) => {
  const workspace = detectWorkspace(environment)
  expect(workspace.kind).toBe(kind)
  expect(await workspace.portUrl(4567)).toBe(url)
})

test.each(['ona', 'gitpod'])('Ona opens a port only for its creator, with the tool %s', async (tool) => {
  const folder = temporaryFolder()
  const answer =
    '#!/bin/sh\necho "$*" > "$(dirname "$0")/call"\necho "Opened https://4567--abc.eu.gitpod.dev/"\n'
  writeFileSync(join(folder, tool), answer, { mode: 0o755 })
  const workspace = detectWorkspace({
    GITPOD_ENVIRONMENT_ID: 'abc',
    DEVCONTAINER: 'true',
    PATH: `${folder}:/usr/bin:/bin`,
  })
  expect(workspace.kind).toBe('ona')
  expect(await workspace.portUrl(4567)).toBe('https://4567--abc.eu.gitpod.dev')
})

test('Ona without its tool uses localhost, and its hint names the place of secrets', async () => {
  const workspace = detectWorkspace({ GITPOD_ENVIRONMENT_ID: 'abc', PATH: '/usr/bin:/bin' })
  expect(await workspace.portUrl(4567)).toBe('http://localhost:4567')
  expect(await workspace.keep('PORT', '5000')).toMatchObject({ outcome: 'skipped' })
  expect(workspace.hint).toContain('Secrets')
})
