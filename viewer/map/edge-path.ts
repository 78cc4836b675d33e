import type { Box, Point } from './layout.ts'

/** Where an edge begins and ends, and the points in the layers between. */
export interface Bends {
  readonly from: Box | undefined
  readonly to: Box | undefined
  readonly between: readonly Point[]
}

/** From a node's corner to the outermost edge. */
const CORNER = 12

/** A place on an edge: `along` the direction of the drawing, and `across` it. */
interface Place {
  readonly along: number
  readonly across: number
}

/** An edge as the data of an SVG path: straight through each layer, with curves between layers only. */
export function routeEdge(
  { from, to, between }: Bends,
  layers: ReadonlyMap<number, number>,
  direction: 'LR' | 'TB',
): string {
  if (!from || !to) return ''
  const isAcross = direction === 'TB'
  const turn = ({ x, y }: Point): Place => (isAcross ? { along: y, across: x } : { along: x, across: y })
  const reach = ({ along }: Place) => layers.get(layerKey(along)) ?? 0
  const [source, target] = [turn(from), turn(to)]
  const middle = between.map(turn)
  // A call against the direction of the drawing runs backwards.
  const sign = target.along >= source.along ? 1 : -1
  const [sourceSize, targetSize] = [sizeOf(from, isAcross), sizeOf(to, isAcross)]
  const leaves = within(source, sourceSize.across, middle[0] ?? target)
  const arrives = within(target, targetSize.across, middle.at(-1) ?? source)
  /** Straight parts, each from a place to another along the direction. */
  const straight = [
    [source.along + (sign * sourceSize.along) / 2, source.along + sign * reach(source), leaves],
    ...middle.map((place) => [
      place.along - sign * reach(place),
      place.along + sign * reach(place),
      place.across,
    ]),
    [target.along - sign * reach(target), target.along - (sign * targetSize.along) / 2, arrives],
  ] as const
  const at = (along: number, across: number) =>
    (isAcross ? [across, along] : [along, across]).map((value) => Math.round(value * 10) / 10).join(' ')
  let data = ''
  let previous: Place | undefined
  for (const [begin = 0, end = 0, across = 0] of straight) {
    if (!previous) data = `M${at(begin, across)}`
    else if (previous.across !== across || previous.along !== begin) {
      const half = (previous.along + begin) / 2
      data += ` C${at(half, previous.across)} ${at(half, across)} ${at(begin, across)}`
    }
    if (begin !== end) data += ` L${at(end, across)}`
    previous = { along: end, across }
  }
  return data
}

function sizeOf({ width, height }: Box, isAcross: boolean): Place {
  return isAcross ? { along: height, across: width } : { along: width, across: height }
}

/** The place on a node's side that is nearest to the next point. */
function within(node: Place, size: number, next: Place): number {
  const most = Math.max(0, size / 2 - CORNER)
  return Math.min(node.across + most, Math.max(node.across - most, next.across))
}

/** Middles of boxes are multiples of a half, with rounding errors. */
export function layerKey(middle: number): number {
  return Math.round(middle * 4)
}
