import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { isAllowedHost } from '../contracts/host-names.ts'
import { isSettingName, SETTINGS, type Setting } from '../settings/catalogue.ts'
import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { readDockerfile, tagOf } from './harness/dockerfile.ts'
import { readDocument } from './harness/documents.ts'
import { findProgram, ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'

const FOLDER = join(ROOT, 'deploy/kubernetes')
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8')

const Container = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  securityContext: z.object({
    readOnlyRootFilesystem: z.literal(true),
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
})
const Labels = z.record(z.string(), z.string())
const Pod = z.object({
  enableServiceLinks: z.boolean().optional(),
  securityContext: z.object({ runAsNonRoot: z.literal(true) }),
  containers: z.tuple([Container]),
})
const Workload = z.object({
  kind: z.enum(['Deployment', 'StatefulSet']),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: Labels }),
    template: z.object({ metadata: z.object({ labels: Labels }), spec: Pod }),
  }),
})

/** The parts of kustomize's output that the tests read. */
const Made = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z
    .object({
      template: z
        .object({
          spec: z.object({
            containers: z.array(z.object({ image: z.string() })),
            volumes: z.array(z.object({ configMap: z.object({ name: z.string() }).optional() })).default([]),
          }),
        })
        .optional(),
    })
    .optional(),
})

const documents = ['backend.yaml', 'collector.yaml'].flatMap((path) =>
  parseAllDocuments(read(path)).map((document): { kind: string } => document.toJS()),
)
const workloads = documents
  .filter(({ kind }) => !['Service', 'ServiceAccount'].includes(kind))
  .map((document) => Workload.parse(document))

test('kustomization.yaml names files that exist', () => {
  const { resources } = parse(read('kustomization.yaml'))
  for (const path of resources) expect(existsSync(join(FOLDER, path)), path).toBe(true)
  const [{ files }] = parse(
    readFileSync(join(ROOT, 'collector/kustomization.yaml'), 'utf8'),
  ).configMapGenerator
  for (const file of files)
    expect(existsSync(join(ROOT, 'collector', file.split('=').at(-1))), file).toBe(true)
})

// kubectl warns about each resource that it applies and did not create by `apply`: it has no record of its last configuration.
test('README.md’s commands create nothing that the kustomization has', () => {
  const lines = readDocument('deploy/kubernetes/README.md').blocks.flatMap(({ text }) => text.split('\n'))
  const created = lines.flatMap((line) => /\bcreate (?:secret generic|\w+) ([\w-]+)/.exec(line)?.[1] ?? [])
  expect(created).toEqual(['providers'])
  const { metadata } = parse(read('namespace.yaml'))
  const names = [
    metadata.name,
    ...documents.map(
      (document) => z.object({ metadata: z.object({ name: z.string() }) }).parse(document).metadata.name,
    ),
  ]
  expect(created.filter((name) => names.includes(name))).toEqual([])
  const applied = lines.flatMap((line) => /\bapply -[fk] (\S+)/.exec(line)?.[1] ?? [])
  expect(applied).toEqual(['deploy/kubernetes/namespace.yaml', 'deploy/kubernetes'])
  for (const path of applied) expect(existsSync(join(ROOT, path)), path).toBe(true)
})

const kustomize = findProgram(['kustomize', 'version'])

test.skipIf(!kustomize.isThere)(
  `kustomize builds resources that fit together (${kustomize.kind})`,
  async () => {
    const env = { PATH: process.env.PATH ?? '' }
    const { code, stdout, stderr } = await run('kustomize', ['build', FOLDER], { env })
    expect(code, stderr).toBe(0)
    const made = parseAllDocuments(stdout).map((document) => Made.parse(document.toJS()))
    const config = made.find(({ kind }) => kind === 'ConfigMap')?.metadata.name
    expect(config).toMatch(/^collector-\w+$/)
    for (const { kind, metadata, spec } of made) {
      if (kind === 'Namespace') continue
      expect(metadata.namespace, `${kind} ${metadata.name}`).toBe('cruddur')
      for (const { configMap } of spec?.template?.spec.volumes ?? [])
        if (configMap) expect(configMap.name, metadata.name).toBe(config)
      for (const { image } of spec?.template?.spec.containers ?? [])
        expect(image).toMatch(/:[\d.]+(@sha256:[0-9a-f]{64})?$/)
    }
  },
)

describe.each(workloads.map((workload) => [workload.metadata.name, workload] as const))(
  '%s',
  (name, { spec }) => {
    const [{ image, command, args, env }] = spec.template.spec.containers
    const isOurs = image === 'cruddur-backend'

    test('selects its own pods', () => {
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
    })

    test('has valid settings, and none that Kubernetes adds', () => {
      for (const { name, value } of env) {
        if (!isSettingName(name)) throw new Error(`${name} is not a setting`)
        const setting: Setting = SETTINGS[name]
        if (value !== undefined)
          expect(setting.schema.safeParse(value).success, `${name}=${value}`).toBe(true)
      }
      if (isOurs) expect(spec.template.spec.enableServiceLinks).toBe(false)
    })

    test.runIf(isOurs)('has live providers, with X-Ray through the collector', () => {
      const variables = Object.fromEntries(env.map(({ name, value = 'a-secret' }) => [name, value]))
      const DATABASE_URL = 'postgresql://user:password@host/database'
      const settings = readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', ...variables, DATABASE_URL })
      const { honeycomb, xray, rollbar } = resolveProviders(settings, variables)
      expect([honeycomb.mode, xray.mode, rollbar.mode]).toEqual(['live', 'live', 'live'])
      expect(xray.pipeline).toBe('collector')
      expect(honeycomb.otlpEndpoint).toBe('http://collector-agent:4318')
    })

    test.runIf(isOurs)('answers to the names of the services in its namespace', () => {
      const variables = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]))
      const { BACKEND_ALLOWED_HOSTS: further = [] } = readSettings({
        WORKSPACE_ENV_FILE: '/nonexistent/.env',
        ...variables,
      })
      const { metadata } = parse(read('namespace.yaml'))
      for (const below of [
        '',
        `.${metadata.name}`,
        `.${metadata.name}.svc`,
        `.${metadata.name}.svc.cluster.local`,
      ])
        expect(isAllowedHost(`profiles${below}:4568`, '10.0.0.7', further), below).toBe(true)
      expect(isAllowedHost('profiles.other.svc', '10.0.0.7', further)).toBe(false)
    })

    test('runs Compose’s collector image, with files of the repository', () => {
      if (!isOurs) expect(tagOf(image)).toBe(tagOf(readDockerfile('collector/Dockerfile').at(-1)?.base ?? ''))
      for (const file of command.slice(1).filter((part) => part !== '--import'))
        expect(existsSync(join(ROOT, file)), `${name}: ${file}`).toBe(true)
      for (const arg of args.filter((part) => part.startsWith('--config='))) {
        const file = arg.replace('--config=/etc/collector/', '')
        const paths = [file, `destinations/${file}`].map((path) => join(ROOT, 'collector', path))
        expect(paths.some(existsSync), arg).toBe(true)
      }
    })
  },
)
