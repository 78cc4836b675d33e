import type { Server } from 'node:net'
import { join } from 'node:path'
import type { Container } from '../contracts/container.ts'
import { formatHostPort, type HostPort } from '../contracts/daemon-address.ts'
import type { SandboxHealth } from '../contracts/sandbox/health.ts'
import { describeContainer } from '../settings/container.ts'
import { type Providers, reachable } from '../settings/providers.ts'
import { type Settings, stateDirectory } from '../settings/read.ts'
import { createDecodeThread } from './decode-thread/decode-thread.ts'
import { createGrpcServer } from './grpc/server.ts'
import { apiRoutes } from './honeycomb/api-routes.ts'
import { createIntakes, type HoneycombCounts } from './honeycomb/export-intake.ts'
import { exportMethods } from './honeycomb/otlp-grpc.ts'
import { exportRoutes } from './honeycomb/otlp-receiver.ts'
import { queryDataRoutes } from './honeycomb/query-routes.ts'
import { jsonAnswer } from './http/answer.ts'
import { ByteBudget } from './http/byte-budget.ts'
import { createGuard } from './http/guard.ts'
import { type Listener, listenError } from './http/port-taken.ts'
import { createHttpServer, drain, listen, MAX_BUFFERED_BYTES } from './http/server.ts'
import { metricRoutes } from './metrics/routes.ts'
import { createQueryService } from './query/query-service.ts'
import { queryRoutes } from './query/routes.ts'
import { createReadThreads } from './read-thread/read-threads.ts'
import { createHttpErrorLog } from './reads/http-errors.ts'
import { createLiveFeed } from './reads/live-feed.ts'
import { createProviderReads, type ProviderTargets } from './reads/providers.ts'
import { createRequestReads } from './reads/requests.ts'
import { sandboxRoutes } from './reads/routes.ts'
import { BUILT_FOLDER, viewerRoutes } from './reads/viewer-pages.ts'
import { itemRoutes, type RollbarCounts } from './rollbar/item-route.ts'
import { rollbarReadRoutes } from './rollbar/read-routes.ts'
import { isDamage, openError } from './store/open-error.ts'
import type { Bounds } from './store/prune.ts'
import { openStore } from './store/store.ts'
import { arnPrefixOf, xrayRoutes } from './xray/api.ts'
import { createClientMistakes } from './xray/client-mistakes.ts'
import { type Daemon, startDaemon } from './xray/daemon.ts'
import { unknownOperation } from './xray/operation.ts'
import { createXRayOtlpHandler } from './xray/otlp-receiver.ts'
import { ensureDefaultRule } from './xray/sampling-rules.ts'
import { createKeepSegments, type SegmentCounts } from './xray/segments.ts'
import { createTransactionSearch } from './xray/transaction-search.ts'

export interface SandboxOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** For OTLP over gRPC; 0 takes any free port, undefined none. */
  readonly grpcPort?: number | undefined
  /** Further host names that requests may use. */
  readonly allowedHosts: readonly string[]
  /** Further origins whose pages may send telemetry: OriginPatterns, or `*`. */
  readonly allowedOrigins?: readonly string[] | undefined
  /** The SQLite file. Its folder is created. */
  readonly dataFile: string
  /** The region in X-Ray's ARNs. */
  readonly region: string
  /** Where the emulated X-Ray daemon listens; undefined where the real daemon does. */
  readonly daemon:
    | { readonly udp: HostPort; readonly tcp: HostPort; readonly receiveBufferBytes?: number }
    | undefined
  readonly bounds?: Bounds
  /** The built viewer. */
  readonly viewerFolder?: string
  /** The resolved providers, for the viewer's modes and links. By default all are local. */
  readonly targets?: ProviderTargets
  /** The container that the sandbox runs in. */
  readonly container?: Container | undefined
  /** Called with every exception that became a 500, and once a minute while the disk is full. */
  readonly onInternalError?: (error: unknown) => void
}

export interface Sandbox {
  readonly url: string
  readonly port: number
  readonly grpcPort: number | undefined
  readonly daemon: { readonly udp: HostPort | undefined; readonly tcp: HostPort | undefined }
  /** Answers requests in flight, stores datagrams that have arrived, commits, and closes every socket. */
  close(): Promise<void>
}

/** The options that the settings ask for. */
export function sandboxOptions(settings: Settings, providers: Providers): SandboxOptions {
  return {
    host: settings.SANDBOX_HOST,
    port: settings.SANDBOX_PORT,
    grpcPort: settings.SANDBOX_GRPC_PORT,
    allowedHosts: [settings.SANDBOX_HOST, ...(settings.SANDBOX_ALLOWED_HOSTS ?? [])],
    allowedOrigins: settings.SANDBOX_ALLOWED_ORIGINS,
    dataFile: join(stateDirectory(settings), 'data', 'sandbox.sqlite'),
    region: settings.AWS_REGION,
    daemon: providers.xray.mode === 'local' ? settings.AWS_XRAY_DAEMON_ADDRESS : undefined,
    targets: providers,
    container: describeContainer(settings),
  }
}

/**
 * Starts the emulated Honeycomb, X-Ray and Rollbar. Resolves when every socket listens.
 * Throws a UserError: PORT_TAKEN, PORT_REFUSED, DISK_FULL, STORE_UNREADABLE, STORE_TOO_NEW,
 * STORE_IN_USE. It closes what it has opened.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const onInternalError = options.onInternalError ?? (() => {})
  const store = openStore(options.dataFile, options.bounds, onInternalError)
  const honeycomb: HoneycombCounts = { spans: 0, logs: 0, metricPoints: 0, rejected: 0 }
  const rollbar: RollbarCounts = { items: 0, refused: 0 }
  const segments: SegmentCounts = { received: 0, dropped: 0, lastDrop: '', outsideRetention: 0 }

  try {
    const arnPrefix = arnPrefixOf(options.region)
    await ensureDefaultRule(store, arnPrefix)
    const decoder = createDecodeThread()
    const intakes = createIntakes(store, honeycomb, decoder)
    const keepSegments = createKeepSegments(store, segments)
    const search = createTransactionSearch(store)
    const clientMistakes = createClientMistakes()
    const reads = createReadThreads(options.dataFile)
    const requests = createRequestReads(store, reads)
    const feed = createLiveFeed(store, requests, onInternalError)
    const questions = createQueryService(reads)
    const xray = xrayRoutes(store, keepSegments, search, arnPrefix, clientMistakes, decoder)
    let daemon: Daemon | undefined
    let port: number | undefined
    let grpcPort: number | undefined
    const addressOf = (port: number) => `http://${reachable(options.host)}:${port}`
    const addresses = () => ({
      http: addressOf(port ?? options.port),
      grpc: grpcPort === undefined ? undefined : addressOf(grpcPort),
    })
    const health = async (): Promise<SandboxHealth> => ({
      status: 'ok',
      service: 'sandbox',
      pid: process.pid,
      container: options.container,
      diskRefusal: store.diskRefusal(),
      providers: {
        honeycomb: { ...honeycomb, grpcPort },
        xray: { udp: udpAddress(daemon), ...segments, ...(await daemon?.receiveStatistics()) },
        rollbar,
      },
    })
    const httpErrors = createHttpErrorLog()
    const readProviders = createProviderReads(
      store,
      options.targets,
      async () => ({
        spansRejected: honeycomb.rejected,
        metricPoints: honeycomb.metricPoints,
        segmentsDropped: segments.dropped,
        segmentsOutsideRetention: segments.outsideRetention,
        lastDrop: segments.lastDrop,
        kernelDrops: (await daemon?.receiveStatistics())?.kernelDrops ?? null,
      }),
      httpErrors,
      clientMistakes.list,
    )
    const budget = new ByteBudget(MAX_BUFFERED_BYTES)
    const server = createHttpServer({
      budget,
      addresses,
      onHttpError: httpErrors.add,
      allowedHosts: options.allowedHosts,
      allowedOrigins: options.allowedOrigins,
      onInternalError,
      routes: [
        ...exportRoutes(intakes, createXRayOtlpHandler(keepSegments, search, decoder)),
        ...apiRoutes(store),
        ...queryDataRoutes(questions, store.datasets),
        ...xray,
        ...itemRoutes(store, rollbar, decoder),
        ...rollbarReadRoutes(store),
        ...sandboxRoutes(store, requests, feed, reads, readProviders),
        ...queryRoutes(questions),
        ...metricRoutes(reads),
        ...viewerRoutes(store, options.viewerFolder ?? BUILT_FOLDER),
        { method: 'GET', path: '/health', handle: async () => jsonAnswer(200, await health()) },
      ],
      notFound: ({ path, headers }) => {
        // A signed request is meant for X-Ray.
        if (headers.authorization?.startsWith('AWS4-HMAC-SHA256')) return unknownOperation()
        const message = `no such path: ${path}`
        return jsonAnswer(404, path.startsWith('/api/1/') ? { err: 1, message } : { message })
      },
    })
    const grpc = createGrpcServer({
      methods: exportMethods(intakes),
      budget,
      guard: createGuard({ allowedHosts: options.allowedHosts, allowedOrigins: options.allowedOrigins }),
      addresses: () => ({ grpc: addressOf(grpcPort ?? 0), http: addresses().http }),
      onError: (path, error, status) => httpErrors.add({ path, headers: {} }, error, status),
      onInternalError,
    })
    // The HTTP port opens last, so that an answer from /health means that every socket listens.
    daemon =
      options.daemon &&
      (await startDaemon(
        {
          ...options.daemon,
          allowedHosts: options.allowedHosts,
          routes: xray,
          notFound: unknownOperation,
          onHttpError: httpErrors.add,
          onInternalError,
          budget,
        },
        keepSegments,
        segments,
      ))
    const { host } = options
    const listenOn = (server: Server, port: number, listener: Pick<Listener, 'purpose' | 'setting'>) =>
      listen(server, host, port).catch(async (error: unknown) => {
        await Promise.all([daemon?.close(), grpc.close()])
        throw listenError(error, { ...listener, protocol: 'TCP', host, port })
      })
    if (options.grpcPort !== undefined) {
      grpcPort = await listenOn(grpc.server, options.grpcPort, {
        purpose: 'OTLP over gRPC',
        setting: 'SANDBOX_GRPC_PORT',
      })
    }
    port = await listenOn(server, options.port, { purpose: 'the sandbox', setting: 'SANDBOX_PORT' })
    return {
      url: addressOf(port),
      port,
      grpcPort,
      daemon: { udp: daemon?.udp, tcp: daemon?.tcp },
      async close() {
        feed.close()
        await Promise.all([drain(server), grpc.close(), daemon?.close(), reads.close()])
        await decoder.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw isDamage(error) ? openError(options.dataFile, error) : error
  }
}

function udpAddress(daemon: Daemon | undefined): string | null {
  return daemon?.udp ? formatHostPort(daemon.udp) : null
}
