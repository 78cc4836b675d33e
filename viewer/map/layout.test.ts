import { expect, test } from 'vitest'
import { type Box, type MapLayout, type Point, placeNodes } from './layout.ts'

const LABEL = { width: 100, height: 34 }

/** A graph of services that call each other at random, also in circles, with nodes of several sizes. */
function randomGraph(seed: number) {
  let state = seed
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const nodes = Array.from({ length: 2 + random(20) }, (_, index) => ({
    id: `n${index}`,
    width: 140 + random(3) * 50,
    height: 50 + random(3) * 25,
  }))
  const pairs = new Set(
    Array.from({ length: nodes.length * 2 }, () => `n${random(nodes.length)} n${random(nodes.length)}`),
  )
  const edges = [...pairs].flatMap((pair) => {
    const [from = '', to = ''] = pair.split(' ')
    return from === to ? [] : [{ from, to, label: LABEL }]
  })
  return { nodes, edges }
}

/** Points on a path of straight lines and cubic curves. */
function pointsOf(path: string): Point[] {
  const found: Point[] = []
  let last: Point = { x: 0, y: 0 }
  for (const [, command, data = ''] of path.matchAll(/([MLC])([^MLC]+)/g)) {
    const n = data.trim().split(/\s+/).map(Number)
    const end = { x: n.at(-2) ?? 0, y: n.at(-1) ?? 0 }
    const [a, b] =
      command === 'C'
        ? [
            { x: n[0] ?? 0, y: n[1] ?? 0 },
            { x: n[2] ?? 0, y: n[3] ?? 0 },
          ]
        : [last, end]
    for (let step = 0; command !== 'M' && step <= 40; step++) {
      const t = step / 40
      const mix = (key: 'x' | 'y') =>
        (1 - t) ** 3 * last[key] +
        3 * t * (1 - t) ** 2 * a[key] +
        3 * t ** 2 * (1 - t) * b[key] +
        t ** 3 * end[key]
      found.push({ x: mix('x'), y: mix('y') })
    }
    last = end
  }
  return found
}

const isIn = ({ x, y }: Point, box: Box) =>
  Math.abs(x - box.x) < box.width / 2 - 0.5 && Math.abs(y - box.y) < box.height / 2 - 0.5
const overlap = (a: Box, b: Box) =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 0.5 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 0.5

function collisions({ nodes, edges, width, height }: MapLayout): string[] {
  const boxes = [
    ...[...nodes].map(([id, box]) => ({ id, box, own: -1 })),
    ...edges.map(({ label }, own) => ({ id: `label ${own}`, box: label, own })),
  ]
  const found: string[] = []
  for (const [index, { id, box }] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) if (overlap(box, other.box)) found.push(`${id} ${other.id}`)
    if (box.x - box.width / 2 < 0 || box.x + box.width / 2 > width) found.push(`${id} is outside`)
    if (box.y - box.height / 2 < 0 || box.y + box.height / 2 > height) found.push(`${id} is outside`)
  }
  for (const [index, { path }] of edges.entries()) {
    const points = pointsOf(path)
    if (points.length === 0) found.push(`edge ${index} is not drawn`)
    for (const { id, box, own } of boxes) {
      if (own !== index && points.some((point) => isIn(point, box))) found.push(`edge ${index} crosses ${id}`)
    }
  }
  return found
}

test.each(['LR', 'TB'] as const)('%s: no label, node and line of another call overlap', (direction) => {
  for (let seed = 1; seed <= 8; seed++) {
    const { nodes, edges } = randomGraph(seed)
    expect(collisions(placeNodes(nodes, edges, direction)), `seed ${seed}`).toEqual([])
  }
})

test('an edge leads from the side of its node to the side of the called one', () => {
  const nodes = [
    { id: 'a', width: 150, height: 60 },
    { id: 'b', width: 200, height: 80 },
  ]
  const { nodes: placed, edges } = placeNodes(nodes, [{ from: 'a', to: 'b', label: LABEL }], 'LR')
  const [a, b] = [placed.get('a'), placed.get('b')]
  const points = pointsOf(edges[0]?.path ?? '')
  expect(points[0]?.x).toBeCloseTo((a?.x ?? 0) + 75)
  expect(points.at(-1)?.x).toBeCloseTo((b?.x ?? 0) - 100)
})
