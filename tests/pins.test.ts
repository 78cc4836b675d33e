import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ROOT } from './harness/process.ts'

/** Images by tag, with the reason: docs/adr/pins.md. */
const BY_TAG = [
  // No source outside their registry names these digests.
  'public.ecr.aws/xray/aws-xray-daemon:3.6.6',
  'mcr.microsoft.com/devcontainers/typescript-node:5-24-bookworm',
]

const FILES = [
  'docker-compose.yml',
  '.devcontainer/devcontainer.json',
  ...globSync('{*,deploy,deploy/*}/{Dockerfile,*.yaml}', { cwd: ROOT, exclude: ['node_modules'] }),
].toSorted()

/** `image: a`, `"image": "a"`, `FROM a AS b`, and `ARG BASE_IMAGE=a`. */
const IMAGE = /^\s*(?:"?image"?: "?|FROM |ARG \w*IMAGE=)([^\s"$]+)/gm

const images = FILES.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  // A later stage may begin with an earlier one.
  const stages = new Set([...text.matchAll(/ AS (\S+)$/gm)].map(([, stage]) => stage))
  return [...text.matchAll(IMAGE)]
    .map(([, image = '']) => image)
    .filter((image) => image !== 'cruddur-backend' && !stages.has(image))
    .map((image) => ({ file, image }))
})

describe('images', () => {
  test('are found', () => {
    const files = new Set(images.map(({ file }) => file))
    for (const file of [
      'docker-compose.yml',
      '.devcontainer/devcontainer.json',
      'deploy/kubernetes/collector.yaml',
    ])
      expect(files).toContain(file)
    expect([...files].filter((file) => file.endsWith('Dockerfile')).length).toBeGreaterThanOrEqual(2)
  })

  test('are named by tag and digest', () => {
    const loose = images.filter(({ image }) => !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image))
    expect(loose.filter(({ image }) => !BY_TAG.includes(image))).toEqual([])
  })

  test('are the same in every file', () => {
    const byName = Map.groupBy(images, ({ image }) => image.split(/[:@]/)[0])
    for (const [name, uses] of byName) expect(new Set(uses.map(({ image }) => image)).size, name).toBe(1)
  })
})

const Renovate = z.object({
  extends: z.array(z.string()),
  kubernetes: z.object({ managerFilePatterns: z.tuple([z.string()]) }),
  customManagers: z.tuple([
    z.object({ managerFilePatterns: z.tuple([z.string()]), matchStrings: z.tuple([z.string()]) }),
  ]),
  packageRules: z.array(
    z.object({ matchPackageNames: z.array(z.string()).default([]), allowedVersions: z.string().optional() }),
  ),
})

describe('Renovate', () => {
  const renovate = Renovate.parse(JSON.parse(readFileSync(join(ROOT, '.github/renovate.json'), 'utf8')))
  const pattern = (text: string) => new RegExp(text.slice(1, -1))

  test('pins images by digest and actions by commit', () => {
    expect(renovate.extends).toContain('config:best-practices')
  })

  test('finds the images of Kubernetes, and those in the collector’s commands', () => {
    const [kubernetes] = renovate.kubernetes.managerFilePatterns
    expect('deploy/kubernetes/collector.yaml').toMatch(pattern(kubernetes))
    const [custom] = renovate.customManagers
    expect('collector/README.md').toMatch(pattern(custom.managerFilePatterns[0]))
    const command = new RegExp(custom.matchStrings[0]).exec(
      readFileSync(join(ROOT, 'collector/README.md'), 'utf8'),
    )
    const collector = images.find(({ image }) => image.startsWith(`${command?.groups?.depName}:`))
    expect(collector?.image).toContain(`:${command?.groups?.currentValue}@`)
  })

  test('offers no version that this project cannot use', () => {
    const allowed = (name: string) =>
      renovate.packageRules.find(({ matchPackageNames }) => matchPackageNames.includes(name))?.allowedVersions
    expect(allowed('node')).toBe('<25')
    expect(readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim()).toBe('24')
    expect(allowed('postgres')).toBe('<18')
    expect(allowed('@biomejs/biome')).toBe('<2.6')
  })
})
