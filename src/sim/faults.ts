import type { LinkConditions } from './net/conditions.js'
import type { SimNode } from './node/node.js'

/** One fault of a plan, as plain data: nodes are named. */
export type Fault = { readonly afterMs: number } & (
  | { readonly fault: 'partition'; readonly groups: readonly (readonly string[])[] }
  | { readonly fault: 'block'; readonly from: string; readonly to: string }
  | { readonly fault: 'heal' }
  | { readonly fault: 'cut'; readonly between: readonly [string, string] }
  | { readonly fault: 'crash'; readonly node: string; readonly silent?: boolean }
  | { readonly fault: 'restart'; readonly node: string; readonly keepStore?: boolean }
  | { readonly fault: 'skew'; readonly node: string; readonly byMs: number }
  | {
      readonly fault: 'link'
      readonly between: readonly [string, string]
      readonly oneWay?: boolean
      readonly set: Partial<LinkConditions>
    }
  | { readonly fault: 'links'; readonly set: Partial<LinkConditions> }
)

/** Faults to come, each so many virtual ms after the plan was handed over. It can be kept in a file. */
export type FaultPlan = readonly Fault[]

/** What faults are done to: a simulation. */
export interface FaultField {
  node(name: string): SimNode
  partition(...groups: readonly (readonly SimNode[])[]): void
  block(from: SimNode, to: SimNode): void
  heal(): void
  cut(a: SimNode, b: SimNode): number
  link(a: SimNode, b: SimNode, changes: Partial<LinkConditions>, oneWay?: boolean): void
  links(changes: Partial<LinkConditions>): void
}

/** Makes an act of a fault, with its names resolved. */
export function applyFault(sim: FaultField, fault: Fault): () => void {
  switch (fault.fault) {
    case 'partition': {
      const groups = fault.groups.map(group => group.map(name => sim.node(name)))
      return () => sim.partition(...groups)
    }
    case 'block': {
      const from = sim.node(fault.from)
      const to = sim.node(fault.to)
      return () => sim.block(from, to)
    }
    case 'heal':
      return () => sim.heal()
    case 'cut': {
      const a = sim.node(fault.between[0])
      const b = sim.node(fault.between[1])
      return () => void sim.cut(a, b)
    }
    case 'crash': {
      const node = sim.node(fault.node)
      return () => node.crash(fault.silent)
    }
    case 'restart': {
      const node = sim.node(fault.node)
      return () => node.restart(fault.keepStore)
    }
    case 'skew': {
      const { clock } = sim.node(fault.node)
      return () => {
        clock.skewMs += fault.byMs
      }
    }
    case 'link': {
      const a = sim.node(fault.between[0])
      const b = sim.node(fault.between[1])
      return () => sim.link(a, b, fault.set, fault.oneWay)
    }
    case 'links':
      return () => sim.links(fault.set)
  }
}
