import {
  createRequire,
  isBuiltin,
  registerHooks,
  register as registerOffThread,
  syncBuiltinESMExports,
} from 'node:module'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { register as registerInThread, supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs'

/** The part of OpenTelemetry's class that is used here; `moduleExports` is set once a module has been patched. */
interface ModuleDefinition {
  readonly name: string
  readonly patch?: ((moduleExports: unknown) => unknown) | undefined
  moduleExports?: unknown
}
type WithModules = Instrumentation & { getModuleDefinitions?(): readonly ModuleDefinition[] }

/**
 * Lets instrumentations patch what they name, however it is imported. CommonJS packages need nothing: instrumentations
 * hook `require`.
 */
export function hookModules(instrumentations: readonly WithModules[]): void {
  const definitions = instrumentations.flatMap((one) => one.getModuleDefinitions?.() ?? [])
  patchBuiltins(definitions.filter(({ name }) => isBuiltin(name)))
  hookPackages(definitions.map(({ name }) => name).filter((name) => !isBuiltin(name)))
}

/**
 * Patches Node's own modules (`http`, `https`) for every import style, also in modules that have already imported them: Node
 * can update the bindings of its own modules. Hooks cannot: some module always imports `node:http` before a hook is
 * registered, and both hooks of OpenTelemetry handle a module of Node's once per process.
 *
 * Only a CommonJS module that copied a function earlier (`const { request } = require('node:http')`) keeps the original.
 *
 * Source: https://nodejs.org/api/module.html#modulesyncbuiltinesmexports
 */
function patchBuiltins(definitions: readonly ModuleDefinition[]): void {
  const require = createRequire(import.meta.url)
  for (const definition of definitions) {
    // The hook of `require` patches the exports, in place, unless the module was required before.
    const moduleExports = require(definition.name)
    if (definition.moduleExports) continue
    definition.moduleExports = moduleExports
    definition.patch?.(moduleExports)
  }
  syncBuiltinESMExports()
}

/**
 * Lets instrumentations patch ES modules that load from here on. The bindings of an ES module are fixed before its
 * importer runs, so that nothing can be patched afterwards: without this, imported modules are silently not
 * instrumented.
 *
 * The usual hook runs on its own thread and for every module, which costs 0.4 s of CPU and 28 MB per start. Here it sees
 * only the modules that an instrumentation names and, from Node 24.11.1 on, runs in this thread.
 */
function hookPackages(include: string[]): void {
  if (supportsSyncHooks()) registerInThread({ include })
  else registerOffThread('import-in-the-middle/hook.mjs', import.meta.url, { data: { include } })
}

/** What sdk-node imports for features that OTEL_* variables configure. Here they are configured by objects. */
const UNUSED_BY_SDK: Readonly<Record<string, readonly string[]>> = {
  '@opentelemetry/configuration': [
    'mergeHeadersConfig',
    'mergePropagatorCompositeConfig',
    'mergeResourceAttributesConfig',
    'parseConfigFile',
  ],
  '@opentelemetry/exporter-logs-otlp-grpc': ['OTLPLogExporter'],
  '@opentelemetry/exporter-logs-otlp-http': ['OTLPLogExporter'],
  '@opentelemetry/exporter-logs-otlp-proto': ['OTLPLogExporter'],
  '@opentelemetry/exporter-metrics-otlp-grpc': ['OTLPMetricExporter'],
  '@opentelemetry/exporter-metrics-otlp-http': ['AggregationTemporalityPreference', 'OTLPMetricExporter'],
  '@opentelemetry/exporter-metrics-otlp-proto': ['OTLPMetricExporter'],
  '@opentelemetry/exporter-prometheus': ['PrometheusExporter'],
  '@opentelemetry/exporter-trace-otlp-grpc': ['OTLPTraceExporter'],
  '@opentelemetry/exporter-trace-otlp-http': ['OTLPTraceExporter'],
  '@opentelemetry/exporter-trace-otlp-proto': ['OTLPTraceExporter'],
  '@opentelemetry/exporter-zipkin': ['ZipkinExporter'],
  '@opentelemetry/otlp-grpc-exporter-base': [
    'createEmptyMetadata',
    'createInsecureCredentials',
    'createSslCredentials',
  ],
  '@opentelemetry/propagator-b3': ['B3InjectEncoding', 'B3Propagator'],
}

/**
 * Makes OpenTelemetry's packages load faster, until the returned function is called: 470 of the 1,380 modules of a
 * start, and 0.2 s of CPU, are not needed.
 * - sdk-node imports gRPC, Zipkin, Prometheus and a YAML parser. They become modules whose exports are undefined.
 * - Between OpenTelemetry's packages every import gets the copy that this folder imports. The contrib packages (pg, undici,
 *   runtime-node, the X-Ray id generator) would load older copies of the SDK, some of them as CommonJS.
 */
export function loadLessOfOpenTelemetry(): () => void {
  if (!supportsSyncHooks()) return () => {}
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = '' } = context
      const isBetweenPackages =
        specifier.startsWith('@opentelemetry/') && parentURL.includes('/node_modules/@opentelemetry/')
      if (!isBetweenPackages) return next(specifier, context)
      const names = parentURL.includes('/@opentelemetry/sdk-node/') ? UNUSED_BY_SDK[specifier] : undefined
      const url = names
        ? `data:text/javascript,${names.map((name) => `export const ${name} = undefined`).join(';')}`
        : ownCopyOf(specifier)
      return url ? { url, shortCircuit: true } : next(specifier, context)
    },
  })
  return () => hooks.deregister()
}

/** Undefined where a package manager hides the packages of packages. */
function ownCopyOf(specifier: string): string | undefined {
  try {
    return import.meta.resolve(specifier)
  } catch {
    return undefined
  }
}
