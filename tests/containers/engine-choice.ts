/** The engine of the tests in this folder: one that runs, one that run.ts starts, or why there is none. */
export type EngineChoice =
  | { readonly why: string }
  | {
      readonly kind: 'running' | 'own'
      /** A folder for DOCKER_CONFIG whose cli-plugins has Compose; undefined where docker finds one itself. */
      readonly dockerConfig: string | undefined
      /** For builds: how npm reaches its registry from them. */
      readonly buildArguments: Readonly<Record<string, string>>
      /** Base images that stand in for those of a registry, by the name of what they replace. Only for an own engine. */
      readonly standIns?: StandIns
    }

export interface StandIns {
  readonly node: string
  readonly postgres: string
  readonly daemon: string
  /** Undefined without the collector's program. */
  readonly collector: string | undefined
  readonly jaeger: string
  /** As above, in the network of the engine. */
  readonly buildArguments: Readonly<Record<string, string>>
}

/** The choice of run.ts, which starts the tests of this folder. */
export function engineOfTests(): EngineChoice {
  const text = process.env.TEST_ENGINE
  return text ? JSON.parse(text) : { why: 'npm run test:containers starts them' }
}
