/**
 * Moments, and how long ago they were, on two clocks: one that never jumps but may stand still while a machine sleeps,
 * and the wall clock, which may be set but is put right when it wakes. The longer time counts.
 */
export interface Moment {
  monotonicMs: number;
  wallMs: number;
}

export function momentNow(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

export function msSince({ monotonicMs, wallMs }: Moment): number {
  return Math.max(performance.now() - monotonicMs, Date.now() - wallMs);
}
