import type { FastifyRequest } from 'fastify';

import type { Fault } from './faults.ts';

const faults = new WeakMap<FastifyRequest, Fault>();

export function meetFault(request: FastifyRequest, fault: Fault): void {
  faults.set(request, fault);
}

/** What goes wrong with this request on purpose, for those who answer it. */
export function faultOf(request: FastifyRequest): Fault | undefined {
  return faults.get(request);
}
