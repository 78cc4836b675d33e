import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { isSettingName } from '../settings/catalogue.ts'
import { freePort } from './harness/ports.ts'
import { ROOT, startProcess } from './harness/process.ts'
import { createWorkspace } from './harness/workspace.ts'

/** VS Code's variable for ROOT. */
const FOLDER = '$' + '{workspaceFolder}'
const Launch = z.object({
  configurations: z.array(
    z.object({
      name: z.string(),
      runtimeExecutable: z.string(),
      runtimeArgs: z.array(z.string()).default([]),
      program: z.string(),
      args: z.array(z.string()).default([]),
      cwd: z.literal(FOLDER),
      env: z.record(z.string(), z.string()).default({}),
    }),
  ),
})
const { configurations } = Launch.parse(readJson('.vscode/launch.json'))

test.each(configurations.map((configuration) => [configuration.name, configuration] as const))(
  'launch.json: the files that "%s" names exist, and its variables are settings',
  (_name, { runtimeExecutable, runtimeArgs, program, env }) => {
    const files = [runtimeExecutable, program, ...runtimeArgs.filter((arg) => arg.startsWith('./'))]
    expect(files.filter((file) => !existsSync(absolute(file)))).toEqual([])
    expect(Object.keys(env).filter((name) => !isSettingName(name))).toEqual([])
  },
)

test('launch.json starts the api, which answers /health', async () => {
  const api = configurations.find(({ name }) => name.startsWith('api'))
  if (!api) throw new Error('launch.json has no configuration for the api')
  const workspace = await createWorkspace()
  const port = await freePort()
  try {
    const args = [...api.runtimeArgs, absolute(api.program), ...api.args]
    const env = { ...workspace.env, ...api.env, PORT: String(port) }
    const program = absolute(api.runtimeExecutable)
    const started = await startProcess(args, env, `http://127.0.0.1:${port}/health`, { program })
    await started.stop()
  } finally {
    await workspace.dispose()
  }
})

test('settings.json and extensions.json name the formatter and the TypeScript that are installed', () => {
  const settings = z.record(z.string(), z.unknown()).parse(readJson('.vscode/settings.json'))
  const { recommendations } = z
    .object({ recommendations: z.array(z.string()) })
    .parse(readJson('.vscode/extensions.json'))
  expect(recommendations).toContain(settings['editor.defaultFormatter'])
  expect(existsSync(join(ROOT, String(settings['js/ts.tsdk.path'])))).toBe(true)
})

/** VS Code allows comments in these files; ours are whole lines. */
function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8').replaceAll(/^\s*\/\/.*$/gm, ''))
}

function absolute(path: string): string {
  return resolve(ROOT, path.replace(FOLDER, ROOT))
}
