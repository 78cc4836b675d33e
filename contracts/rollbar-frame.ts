/** What is known of a frame before it is validated. */
interface Frame {
  readonly filename?: unknown
  /** rollbar-java's, with its package. */
  readonly class_name?: unknown
}

/** Files of languages and packages, by where their tools put them. */
const NOT_OWN = new RegExp(
  [
    '^node:',
    String.raw`(^|[\\/])node_modules[\\/]`,
    '^<frozen ',
    String.raw`(^|[\\/])(site|dist)-packages[\\/]`,
    String.raw`(^|[\\/])lib[\\/]python[\d.]+[\\/]`,
    // Go: modules have their version in their path; the standard library's packages have no domain.
    String.raw`@v\d+\.[^\\/]+[\\/]`,
    String.raw`(^|[\\/])go[\d.]*[\\/]src[\\/][^.\\/]+[\\/]`,
  ].join('|'),
  'i',
)
const OF_JAVA = /^(java|javax|jdk|sun|com\.sun)\./

/** Whether a frame is the application's: neither its language's nor a package's. */
export function isOwnFrame({ filename, class_name: className }: Frame): boolean {
  const isFile = typeof filename === 'string' && filename !== '' && !NOT_OWN.test(filename)
  return isFile && !(typeof className === 'string' && OF_JAVA.test(className))
}

/**
 * The frames with the innermost call last, as Rollbar wants them. rollbar-go sends it first.
 *
 * Source: https://docs.rollbar.com/reference/create-item, https://github.com/rollbar/rollbar-go (1.4.5)
 */
export function innermostLast<Frame>(frames: readonly Frame[], notifier: unknown): readonly Frame[] {
  return notifier === 'rollbar/rollbar-go' ? frames.toReversed() : frames
}
