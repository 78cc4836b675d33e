import { type Decoded, inBatches } from './decoded.ts'
import { DECODERS, type DecoderName, type FactsOf, type InputOf, type RowOf, type Take } from './decoders.ts'
import { createLane } from './lane.ts'

/** A body of more bytes, or more records, takes up to some ten milliseconds of the main thread. */
const MEDIUM_BYTES = 8 * 1024
const MEDIUM_RECORDS = 100
/** How many of these are decoded and stored at a time. Those of one turn of the event loop share a transaction. */
const MAX_MEDIUM = 4
/** How long they are decoded in one turn of the event loop. */
const TURN_MS = 5

/**
 * Decodes bodies in the main thread, and calls `take` once with what each is decoded to: the smallest at once, medium ones
 * in their order and for a few milliseconds a turn of the event loop. Throws an HttpError of the decoder, and errors of `take`.
 */
export function createSmallDecoder() {
  let turn: Promise<void> | undefined
  let turnEndsMs = 0
  const mediumOnes = createLane(MAX_MEDIUM)

  function nextTurn(): Promise<void> {
    turn ??= new Promise((resolve) =>
      setImmediate(() => {
        turn = undefined
        turnEndsMs = performance.now() + TURN_MS
        resolve()
      }),
    )
    return turn
  }

  return async <Name extends DecoderName, Result>(
    name: Name,
    input: InputOf<Name>,
    records: number,
    take: Take<Name, Result>,
  ): Promise<Result> => {
    const run = () => {
      const decode = DECODERS[name] as (input: InputOf<Name>) => Decoded<RowOf<Name>, FactsOf<Name>>
      const { rows, facts } = decode(input)
      return take({ facts, batches: inBatches(rows) })
    }
    if (input.body.byteLength <= MEDIUM_BYTES && records <= MEDIUM_RECORDS) return run()
    return mediumOnes(async () => {
      while (performance.now() > turnEndsMs) await nextTurn()
      return run()
    })
  }
}
